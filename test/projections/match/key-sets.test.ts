import { expect } from 'chai';
import fc from 'fast-check';
import { KeySets } from '../../../src/projections/match/key-sets.ts';

const values = ['x', 'y'];

describe('KeySets', () => {
  it('has the same keys as a map of sets', () => {
    const step = fc.record({
      what: fc.constantFrom('add' as const, 'delete' as const),
      value: fc.constantFrom(...values),
      key: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
        const sets = new KeySets();
        const model = new Map(values.map((value) => [value, new Set<string>()]));
        for (const { what, value, key } of steps) {
          sets[what](value, key);
          model.get(value)?.[what](key);
          for (const [each, keys] of model) {
            expect([...sets.of(each)].toSorted()).to.deep.equal([...keys].toSorted());
            expect(sets.count(each)).to.equal(keys.size);
          }
          expect(sets.size).to.equal([...model.values()].filter((keys) => keys.size > 0).length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
