import { expect } from 'chai';
import { KubeConfigError } from '../../src/informers/errors.ts';
import { ConfigFields } from '../../src/informers/kube-config-fields.ts';

describe('ConfigFields', () => {
  it('treats absent, null and empty values alike', () => {
    for (const value of [{}, { a: null }, { a: '' }])
      expect(new ConfigFields(value, 'x').text('a')).to.equal(undefined);
    for (const value of [{}, { a: null }, { a: [] }]) expect(new ConfigFields(value, 'x').texts('a')).to.deep.equal([]);
    expect(new ConfigFields({}, 'x').text('constructor')).to.equal(undefined);
  });

  it('ignores line breaks in base64', () => {
    expect(new ConfigFields({ a: 'aGVs\r\nbG8=\n' }, 'x').base64('a')).to.equal('aGVsbG8=');
  });

  const WRONG: readonly [value: unknown, read: (fields: ConfigFields) => unknown, message: string][] = [
    ['text', (fields) => fields, 'x must be an object'],
    [[], (fields) => fields, 'x must be an object'],
    [{ a: 1 }, (fields) => fields.text('a'), 'x.a must be a text; put it in quotes'],
    [{ a: '' }, (fields) => fields.requiredText('a'), 'x.a is missing'],
    [{ a: 'no base64' }, (fields) => fields.base64('a'), 'x.a is not base64'],
    [{ a: 'yes' }, (fields) => fields.flag('a'), 'x.a must be true or false'],
    [{ a: 'one' }, (fields) => fields.texts('a'), 'x.a must be a list'],
    [{ a: ['one', 2] }, (fields) => fields.texts('a'), 'x.a must be a list of texts; put each text in quotes'],
    [{ a: { b: 1 } }, (fields) => fields.object('a')?.text('b'), 'x.a.b must be a text; put it in quotes'],
    [
      { a: 1, b: 2 },
      (fields) => [fields.any('a'), fields.refuseOthers()],
      'x.b is not a field that kubefacet supports',
    ],
  ];
  for (const [value, read, message] of WRONG) {
    it(`throws "${message}" for ${JSON.stringify(value)}`, () => {
      expect(() => read(new ConfigFields(value, 'x'))).to.throw(KubeConfigError, message);
    });
  }
});
