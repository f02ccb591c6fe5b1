import { expect } from 'chai';
import fc from 'fast-check';
import { withoutNulls } from '../../src/informers/nulls.ts';

/** Removes null fields of any JSON value, by the rule in the plainest form. */
function reference(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reference);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, reference(field)]));
}

describe('withoutNulls()', () => {
  it('removes fields that are null at every depth, and keeps the order of fields and the items of arrays', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(withoutNulls(value))).to.equal(JSON.stringify(reference(value)));
      }),
    );
  });

  it('returns the value itself if no field is null, and does not change the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify(value);
        const after = withoutNulls(value);
        expect(JSON.stringify(value)).to.equal(before);
        if (JSON.stringify(after) === before) expect(after).to.equal(value);
      }),
    );
  });

  it('keeps a field with the name __proto__', () => {
    const value = JSON.parse('{"a":null,"__proto__":{"b":1}}');
    expect(JSON.stringify(withoutNulls(value))).to.equal('{"__proto__":{"b":1}}');
  });
});
