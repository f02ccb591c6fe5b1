import { expect } from 'chai';
import fc from 'fast-check';
import { type InterestCondition, InterestIndex, type ShardCondition } from '../../src/projections/interest.ts';
import type { Row } from '../../src/projections/row.ts';
import { shardHash } from '../../src/projections/shard-hash.ts';

const row = (key: string, labels: Record<string, string> = {}, phase = ''): Row => {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = { name, namespace, uid: key, resourceVersion: '1', labels };
  return {
    key,
    namespace,
    name,
    position: 1n,
    digest: 0,
    sourceUid: undefined,
    object: { apiVersion: 'v1', kind: 'K', metadata, phase },
    bytes: Buffer.alloc(0),
  };
};
const phaseOf = (one: Row): string => String(one.object['phase']);
const holds = (condition: InterestCondition | undefined, one: Row): boolean => {
  if (condition === undefined) return true;
  if (condition.on === 'key') return one.key === condition.value;
  if (condition.on === 'namespace') return one.namespace === condition.value;
  if (condition.on === 'label') return one.object.metadata.labels?.[condition.name] === condition.value;
  return condition.valueOf(one) === condition.value;
};
/** Returns whether the first 16 bits of the hash are in the shard. The ranges of the test end at such hashes. */
const isInShard = (shard: ShardCondition | undefined, one: Row): boolean =>
  shard === undefined ||
  shard.ranges.some(({ from, to }) => from <= shardHash(one, shard.field) && shardHash(one, shard.field) < to);
interface Item {
  readonly condition: InterestCondition | undefined;
  readonly shard?: ShardCondition | undefined;
}
const found = <T extends Item>(index: InterestIndex<T>, one: Row): Set<T> => {
  const items = new Set<T>();
  index.collect(one, items);
  return items;
};

describe('InterestIndex', () => {
  const letter = fc.constantFrom('a', 'b', 'c');
  const condition = fc.oneof(
    fc.constant(undefined),
    fc.record({
      on: fc.constant('key' as const),
      value: fc.tuple(letter, letter).map(([ns, name]) => `${ns}/${name}`),
    }),
    fc.record({ on: fc.constant('namespace' as const), value: letter }),
    fc.record({ on: fc.constant('label' as const), name: letter, value: letter }),
    fc.record({
      on: fc.constant('field' as const),
      name: fc.constant('phase'),
      value: letter,
      valueOf: fc.constant(phaseOf),
    }),
  );
  const quarter = fc.nat(3).map((n) => ({ from: BigInt(n) * 2n ** 62n, to: BigInt(n + 1) * 2n ** 62n }));
  const shard = fc.option(
    fc.record({ field: fc.constantFrom('uid' as const, 'namespace' as const), ranges: fc.array(quarter) }),
    { nil: undefined },
  );
  const rows = fc
    .tuple(letter, letter, fc.dictionary(letter, letter, { noNullPrototype: true }), letter)
    .map(([ns, name, labels, phase]) => row(`${ns}/${name}`, labels, phase));

  it('finds exactly the items whose condition a row meets and whose shards contain it, after additions and deletions', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(condition, shard, fc.boolean())), fc.array(rows), (made, queries) => {
        const index = new InterestIndex<Item>();
        const items = made.map(([one, of, stays]) => ({ condition: one, shard: of, stays }));
        for (const item of items) index.add(item);
        for (const item of items) if (!item.stays) index.delete(item);
        for (const one of queries) {
          const wanted = items.filter((item) => item.stays && holds(item.condition, one) && isInShard(item.shard, one));
          const actual = found(index, one);
          expect([actual.size, wanted.every((item) => actual.has(item))]).to.deep.equal([wanted.length, true]);
        }
      }),
    );
  });

  it('distinguishes labels with any characters in names and values', () => {
    const index = new InterestIndex<{ condition: InterestCondition }>();
    const item = { condition: { on: 'label', name: 'a', value: 'b/c' } } as const;
    index.add(item);
    expect(found(index, row('x/y', { 'a/b': 'c' })).size).to.equal(0);
    expect(found(index, row('x/y', { a: 'b/c' }))).to.deep.equal(new Set([item]));
  });
});
