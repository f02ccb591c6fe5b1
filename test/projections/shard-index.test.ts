import { expect } from 'chai';
import * as fc from 'fast-check';
import { type HashRange, ShardIndex } from '../../src/projections/shard-index.ts';

/** The hashes that share the first 16 bits. */
const LEAF = 2n ** 48n;
const found = <T>(index: ShardIndex<T>, hash: bigint): Set<T> => {
  const items = new Set<T>();
  index.collect(hash, items);
  return items;
};

describe('ShardIndex', () => {
  const bound = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n }),
    fc.bigInt({ min: 0n, max: 8n }).map((n) => n * LEAF),
  );
  const range = fc.uniqueArray(bound, { minLength: 2, maxLength: 2 }).map(([a = 0n, b = 0n]): HashRange => {
    return a < b ? { from: a, to: b } : { from: b, to: a };
  });
  const item = fc.record({ ranges: fc.array(range, { minLength: 1, maxLength: 3 }), stays: fc.boolean() });
  const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

  it('finds the items whose ranges reach into the leaf of a hash, after additions and deletions', () => {
    fc.assert(
      fc.property(fc.array(item), fc.array(hash), (items, hashes) => {
        const index = new ShardIndex<object>();
        for (const one of items) index.add(one, one.ranges);
        for (const one of items) if (!one.stays) index.delete(one, one.ranges);
        const edges = items.flatMap(({ ranges }) => ranges.flatMap(({ from, to }) => [from, to - 1n]));
        for (const one of [...hashes, ...edges].filter((each) => each < 2n ** 64n)) {
          const leaf = (one / LEAF) * LEAF;
          const wanted = items.filter(
            ({ ranges, stays }) => stays && ranges.some(({ from, to }) => from < leaf + LEAF && to > leaf),
          );
          expect([...found(index, one)]).to.have.members(wanted);
        }
        for (const one of items) if (one.stays) index.delete(one, one.ranges);
        expect(index.isEmpty).to.equal(true);
      }),
    );
  });

  it('finds one item of a thousand shards', () => {
    const index = new ShardIndex<number>();
    const step = 2n ** 64n / 1000n;
    for (let n = 0; n < 1000; n += 1) {
      index.add(n, [{ from: BigInt(n) * step, to: n === 999 ? 2n ** 64n : BigInt(n + 1) * step }]);
    }
    expect([...found(index, step / 2n)]).to.deep.equal([0]);
    expect([...found(index, 500n * step + step / 2n)]).to.deep.equal([500]);
    expect([...found(index, 2n ** 64n - 1n)]).to.deep.equal([999]);
  });
});
