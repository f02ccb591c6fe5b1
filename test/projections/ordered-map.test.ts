import { expect } from 'chai';
import fc from 'fast-check';
import {
  compareKeys,
  OrderedIndex,
  OrderedMap,
  type RowChange,
  type RowSnapshot,
} from '../../src/projections/ordered-map.ts';
import { row } from './view-rig.ts';

describe('OrderedMap', () => {
  it('is a map in the order of its keys, of any size', () => {
    const write = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.option(fc.nat(9)) });
    fc.assert(
      fc.property(fc.array(write), fc.nat(4), (writes, count) => {
        const map = new OrderedMap<string, number>(compareKeys);
        const model = new Map<string, number>();
        for (const { key, value } of writes) {
          if (value === null) {
            map.delete(key);
            model.delete(key);
          } else {
            map.set(key, value);
            model.set(key, value);
          }
          const entries = [...model].toSorted(([a], [b]) => compareKeys(a, b));
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

  it('uses the given order', () => {
    const map = new OrderedMap<number, string>((a, b) => b - a);
    for (const key of [1, 3, 2]) map.set(key, String(key));
    expect(map.values()).to.deep.equal(['3', '2', '1']);
  });
});

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

  it('has the order of bytes, and ranges and counts like a sorted array', () => {
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

  it('counts unusual names', () => {
    const snapshot = indexOf(['a', '\uffff\uffff', '\u{10ffff}']).snapshot();
    expect(snapshot.count('', 'b')).to.equal(2);
    expect(snapshot.count('')).to.equal(3);
  });

  it('takes snapshots that later changes do not affect, and restores earlier states', () => {
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

  it('is empty after clear(), and keeps its snapshots', () => {
    const index = indexOf(['a/a', 'a/b']);
    const snapshot = index.snapshot();
    index.clear();
    index.set(row('a/c'));
    expect(keysOf(snapshot)).to.deep.equal(['a/a', 'a/b']);
    expect([index.size, snapshot.get('a/a')?.key, index.get('a/a')]).to.deep.equal([1, 'a/a', undefined]);
  });
});
