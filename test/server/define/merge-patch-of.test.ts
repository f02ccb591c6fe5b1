import { expect } from 'chai';
import fc from 'fast-check';
import { changedFields, mergePatchOf } from '../../../src/server/define/merge-patch-of.ts';
import { mergePatch } from '../../../src/server/wire/patch.ts';

const CASES: readonly [before: object | undefined, after: object | undefined, patch: object][] = [
  [{ a: '1' }, { a: '1' }, {}],
  [{ a: '1', b: '2' }, { a: '3' }, { a: '3', b: null }],
  [undefined, { a: '1' }, { a: '1' }],
  [{ a: '1' }, undefined, { a: null }],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
  [{ a: [1, 2] }, { a: [1] }, { a: [1] }],
  [{ a: { b: 1 } }, { a: [1] }, { a: [1] }],
  [{ toString: 'x' }, {}, { toString: null }],
  [{}, { toString: 'x' }, { toString: 'x' }],
];

/** JSON without null, which a merge patch cannot express. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.integer()),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString'), tie('value'), { maxKeys: 4 }),
}));
const object = json.object;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('mergePatchOf()', () => {
  for (const [before, after, patch] of CASES) {
    it(`returns ${JSON.stringify(patch)} for ${JSON.stringify(before)} and ${JSON.stringify(after)}`, () => {
      expect(mergePatchOf(before, after)).to.deep.equal(patch);
    });
  }

  it('returns a patch that turns any object into any other', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const [from, to] = [plain(before) as object, plain(after) as object];
        expect(JSON.stringify(mergePatch(mergePatch(from, mergePatchOf(from, to)), {}), sortedKeys)).to.equal(
          JSON.stringify(to, sortedKeys),
        );
      }),
    );
  });
});

describe('changedFields()', () => {
  it('returns each path once, down to the value that differs', () => {
    const before = { a: 1, b: { c: 2, d: [1] }, e: {}, f: 1 };
    const after = { a: 1, b: { c: 3, d: [2] }, g: {}, h: { i: { j: 1 } } };
    expect(changedFields(before, after)).to.deep.equal([['b', 'c'], ['b', 'd'], ['f'], ['h', 'i', 'j']]);
  });

  it('returns the path of a field that is no longer an object', () => {
    expect(changedFields({ a: { b: 1 } }, { a: 5 })).to.deep.equal([['a']]);
    expect(changedFields({ a: { b: 1 } }, {})).to.deep.equal([['a', 'b']]);
  });
});

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
