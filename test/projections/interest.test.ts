import { expect } from 'chai';
import fc from 'fast-check';
import { type InterestCondition, InterestIndex } from '../../src/projections/interest.ts';
import type { Row } from '../../src/projections/row.ts';

const row = (key: string, labels: Record<string, string> = {}, phase = ''): Row => {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = { name, namespace, uid: '', resourceVersion: '1', labels };
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
const found = <T extends { condition: InterestCondition | undefined }>(index: InterestIndex<T>, one: Row): Set<T> => {
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
  const rows = fc
    .tuple(letter, letter, fc.dictionary(letter, letter, { noNullPrototype: true }), letter)
    .map(([ns, name, labels, phase]) => row(`${ns}/${name}`, labels, phase));

  it('finds exactly the items whose condition a row meets, after additions and deletions', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(condition, fc.boolean())), fc.array(rows), (made, queries) => {
        const index = new InterestIndex<{ condition: InterestCondition | undefined }>();
        const items = made.map(([one, stays]) => ({ condition: one, stays }));
        for (const item of items) index.add(item);
        for (const item of items) if (!item.stays) index.delete(item);
        for (const one of queries) {
          const wanted = items.filter((item) => item.stays && holds(item.condition, one));
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
