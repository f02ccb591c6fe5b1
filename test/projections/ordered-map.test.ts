import { expect } from 'chai';
import fc from 'fast-check';
import { byKey, OrderedMap } from '../../src/projections/ordered-map.ts';

describe('OrderedMap', () => {
  it('is a map in the order of its keys, whatever its size', () => {
    const write = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.option(fc.nat(9)) });
    fc.assert(
      fc.property(fc.array(write), fc.nat(4), (writes, count) => {
        const map = new OrderedMap<string, number>(byKey);
        const model = new Map<string, number>();
        for (const { key, value } of writes) {
          if (value === null) {
            map.delete(key);
            model.delete(key);
          } else {
            map.set(key, value);
            model.set(key, value);
          }
          const entries = [...model].toSorted(([a], [b]) => byKey(a, b));
          expect([...map.entries()]).to.deep.equal(entries);
          expect(map.first(count + 1)).to.deep.equal(entries.slice(0, count + 1));
          expect([map.keys(), map.values()]).to.deep.equal([
            entries.map(([each]) => each),
            entries.map(([, each]) => each),
          ]);
          expect([map.size, map.get(key), map.firstKey(), map.lastKey()]).to.deep.equal([
            model.size,
            model.get(key),
            entries[0]?.[0],
            entries.at(-1)?.[0],
          ]);
        }
      }),
    );
  });

  it('is in the order it is given', () => {
    const map = new OrderedMap<number, string>((a, b) => b - a);
    for (const key of [1, 3, 2]) map.set(key, String(key));
    expect(map.values()).to.deep.equal(['3', '2', '1']);
  });
});
