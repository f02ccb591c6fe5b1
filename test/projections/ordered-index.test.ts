import { expect } from 'chai';
import fc from 'fast-check';
import { OrderedIndex, type RowChange, type RowSnapshot } from '../../src/projections/ordered-index.ts';
import { row } from './view-rig.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,3}$/);
const key = fc.tuple(name, name).map((parts) => parts.join('/'));
const keysOf = (snapshot: RowSnapshot, namespace = '', start?: string): string[] =>
  [...snapshot.range(namespace, start)].map((each) => each.key);
const indexOf = (keys: Iterable<string>): OrderedIndex => {
  const index = new OrderedIndex();
  for (const each of keys) index.set(row(each));
  return index;
};

describe('OrderedIndex', () => {
  it("has the order of etcd's keys, so that a-b/x stands before a/x", () => {
    expect(keysOf(indexOf(['a/x', 'b/a', 'a-b/x', 'a/b', 'a.b/x']).snapshot())).to.deep.equal([
      'a-b/x',
      'a.b/x',
      'a/b',
      'a/x',
      'b/a',
    ]);
  });

  it('has the order of bytes, and ranges and counts as a sorted array does', () => {
    const start = fc.option(
      fc.oneof(
        key,
        key.map((each) => `${each}\0`),
        name,
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 200 }),
        fc.option(name, { nil: '' }),
        start,
        (keys, namespace, from) => {
          const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          const expected = sorted.filter(
            (each) => (namespace === '' || each.startsWith(`${namespace}/`)) && (from === undefined || each >= from),
          );
          const snapshot = indexOf(keys).snapshot();
          expect(keysOf(snapshot, namespace, from)).to.deep.equal(expected);
          expect(snapshot.count(namespace, from)).to.equal(expected.length);
          expect(snapshot.size).to.equal(keys.length);
        },
      ),
    );
  });

  it('ranges over cluster-scoped rows', () => {
    const snapshot = indexOf(['n2', 'n1', 'n10']).snapshot();
    expect(keysOf(snapshot)).to.deep.equal(['n1', 'n10', 'n2']);
    expect(keysOf(snapshot, '', 'n1\0')).to.deep.equal(['n10', 'n2']);
    expect(snapshot.count('', 'n1\0')).to.equal(2);
  });

  it('counts names beyond all that are usual', () => {
    const snapshot = indexOf(['a', '\uffff\uffff', '\u{10ffff}']).snapshot();
    expect(snapshot.count('', 'b')).to.equal(2);
    expect(snapshot.count('')).to.equal(3);
  });

  it('gives snapshots that no later change touches, and states before changes', () => {
    const write = fc.record({
      key: fc.constantFrom(...Array.from({ length: 90 }, (_, i) => `n${i % 9}/k${i}`)),
      put: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 300 }), fc.nat(40), (writes, every) => {
        const index = indexOf(Array.from({ length: 60 }, (_, i) => `n${i % 9}/k${i}`));
        const changes: RowChange[] = [];
        const taken = [{ snapshot: index.snapshot(), keys: keysOf(index.snapshot()), at: 0 }];
        writes.forEach((each, step) => {
          const before = index.get(each.key);
          const after = each.put ? row(each.key, BigInt(step + 2)) : undefined;
          if (after === undefined) index.delete(each.key);
          else index.set(after);
          changes.push({ before, after });
          if (step % (every + 1) === 0) {
            const snapshot = index.snapshot();
            taken.push({ snapshot, keys: keysOf(snapshot), at: changes.length });
          }
        });
        const last = index.snapshot();
        for (const { snapshot, keys, at } of taken) {
          expect(keysOf(snapshot)).to.deep.equal(keys);
          expect([...last.before(changes.slice(at)).range('')]).to.deep.equal([...snapshot.range('')]);
        }
        expect([...index.snapshot().range('')]).to.deep.equal([...last.range('')]);
      }),
      { numRuns: 60 },
    );
  });

  it('is empty after it was cleared, and leaves its snapshots as they were', () => {
    const index = indexOf(['a/a', 'a/b']);
    const snapshot = index.snapshot();
    index.clear();
    index.set(row('a/c'));
    expect(keysOf(snapshot)).to.deep.equal(['a/a', 'a/b']);
    expect([index.size, snapshot.get('a/a')?.key, index.get('a/a')]).to.deep.equal([1, 'a/a', undefined]);
  });
});
