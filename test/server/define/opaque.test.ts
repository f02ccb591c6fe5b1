import { expect } from 'chai';
import { opaque, partsOf } from '../../../src/server/define/opaque.ts';

describe('opaque()', () => {
  it('returns an object without members, from which partsOf() returns the parts', () => {
    const parts = { type: 'raw' };
    const made = opaque(parts);
    expect(Object.keys(made)).to.deep.equal([]);
    expect(partsOf(made)).to.equal(parts);
  });
});

describe('partsOf()', () => {
  for (const other of [{ type: 'raw' }, null, undefined, 'text']) {
    it(`rejects ${JSON.stringify(other)}`, () => {
      expect(() => partsOf(other as never)).to.throw(
        TypeError,
        'resources: each item must be made by resource(definition, content) or rawEndpoint(definition)',
      );
    });
  }
});
