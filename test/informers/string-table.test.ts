import { expect } from 'chai';
import * as fc from 'fast-check';
import { StringTable } from '../../src/informers/string-table.ts';

describe('StringTable', () => {
  it('changes no value, also with few slots', () => {
    const table = new StringTable(2);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom('', 'a longer text: '), (value, before) => {
        const whole = [value, `${before}${JSON.stringify(value)}`];
        const text = JSON.stringify(whole);
        table.share(whole);
        expect(JSON.stringify(whole)).to.equal(text);
      }),
    );
  });

  it('returns equal strings for equal ones, and each text for itself', () => {
    const table = new StringTable(8);
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 9, maxLength: 14 })), (texts) => {
        for (const text of texts) expect(table.shared(text)).to.equal(text);
      }),
    );
  });

  it('keeps a field with the name __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__":"a long enough string"}');
    new StringTable().share(value);
    expect(JSON.stringify(value)).to.equal('{"__proto__":"a long enough string"}');
  });

  it('accepts a value that is nested deeply', () => {
    new StringTable().share(JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`));
  });
});
