import { expect } from 'chai';
import type { Collection } from '../../src/informers/collection/index.ts';
import { incremental } from '../../src/projections/incremental.ts';
import { map } from '../../src/projections/operators/map.ts';
import { fakeInformer, track } from '../../src/testing/informers/index.ts';
import { type Value, value } from '../conformance/observed-source.ts';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';

/** Makes rows `key: n of the left, n of the right`, and counts the requests for them. */
const pairs = (right: Collection<Value>, asked: string[] = []) =>
  incremental<Value, string>(`pairs(${right.name})`, ({ main, also }) => {
    const lefts = new Map<string, number>();
    const rights = new Map<string, number>();
    const changed = new Set<string>();
    const into =
      (map: Map<string, number>) =>
      ({ changes }: { changes: readonly { type: string; key: string; object: Value }[] }): void => {
        for (const { type, key, object } of changes) {
          if (type === 'DELETED') map.delete(key);
          else map.set(key, object.n);
          changed.add(key);
        }
      };
    main(into(lefts));
    also(right, into(rights));
    return function* () {
      for (const key of changed) {
        asked.push(key);
        const left = lefts.get(key);
        if (left === undefined) yield { type: 'REMOVE', key };
        else yield { type: 'PUT', key, object: `${left} ${rights.get(key)}` };
      }
      changed.clear();
    };
  });

describe('incremental()', () => {
  it('requests each row once in a tick, after both paths from a source', () => {
    const source = fakeInformer(value('a', 1));
    const asked: string[] = [];
    const rows = source.pipe(pairs(source.pipe(map(({ metadata, n }) => ({ metadata, n: n * 10 }))), asked));
    const events = track(rows, (row) => row);
    source.modify(value('a', 2));
    source.add(value('b', 3));
    source.delete('a');
    events.expect('ADDED a 1 10', 'MODIFIED a 2 20', 'ADDED b 3 30', 'DELETED a 2 20');
    expect(asked).to.deep.equal(['a', 'a', 'b', 'a']);
  });

  it('requests no rows before every input has synced', () => {
    const [left, right] = [fakeInformer(value('a', 1)), fakeInformer(value('a', 2))];
    right.gone();
    const asked: string[] = [];
    const rows = left.pipe(pairs(right, asked));
    const events = track(rows, (row) => row);
    left.modify(value('a', 3));
    expect([asked, rows.hasSynced]).to.deep.equal([[], false]);
    right.replace(value('a', 4));
    events.expect('ADDED a 3 4');
    expect(asked).to.deep.equal(['a']);
  });

  it('accepts the same collection on both sides', () => {
    const source = fakeInformer(value('a', 1));
    const events = track(source.pipe(pairs(source)), (row) => row);
    source.modify(value('a', 2));
    events.expect('ADDED a 1 1', 'MODIFIED a 2 2');
  });

  it('is not synced, and its view is not ready, while an input is gone', () => {
    const [left, right] = [fakeInformer(value('a', 1)), fakeInformer(value('a', 2))];
    const rows = left.pipe(pairs(right));
    const events = track(rows, (row) => row);
    right.gone();
    expect(rows.hasSynced).to.equal(false);
    right.replace(value('a', 5));
    expect(rows.hasSynced).to.equal(true);
    events.expect('ADDED a 1 2', 'MODIFIED a 1 undefined', 'MODIFIED a 1 5');
  });

  it('has a name that contains the name of the other collection', () => {
    const [left, right] = [fakeInformer(value('a', 1)), fakeInformer(value('a', 2))];
    expect(left.pipe(pairs(right)).name).to.equal('fake | pairs(fake)');
  });

  it('fails if its changes cannot be read to the end, and keeps the rows that were read', () => {
    const source = fakeInformer(value('a', 1));
    const broken = source.pipe(
      incremental<Value, string>('broken', ({ main }) => {
        let n = 0;
        main(({ changes }) => {
          n = changes[0]?.object.n ?? 0;
        });
        return function* () {
          yield { type: 'PUT', key: 'first', object: String(n) };
          if (n > 1) throw new Error('out of luck');
        };
      }),
    );
    const events = track(broken, (row) => row);
    source.modify(value('a', 2));
    events.expect('ADDED first 1', 'MODIFIED first 2');
    expect(nodeOf(broken).failure?.message).to.equal('fake | broken: an operator failed: out of luck');
    expect(broken.hasSynced).to.equal(false);
  });

  it('reports objects that are left out until HEAL, without changing a row of the same key', () => {
    const source = fakeInformer(value('a', 1));
    const rows = source.pipe(
      incremental<Value, number>('picky', ({ main }) => {
        let n = 0;
        main(({ changes }) => {
          n = changes[0]?.object.n ?? 0;
        });
        return function* () {
          yield { type: 'PUT', key: 'a', object: 0 };
          yield n > 1 ? { type: 'FAULT', key: 'a', error: new Error(`${n} is too much`) } : { type: 'HEAL', key: 'a' };
        };
      }),
    );
    track(rows);
    source.modify(value('a', 2));
    expect([...rows.errors.values()].map(({ message }) => message)).to.deep.equal([
      'fake | picky: a is left out: 2 is too much',
    ]);
    expect([nodeOf(rows).size, nodeOf(rows).statistics.errors]).to.deep.equal([1, 1]);
    source.modify(value('a', 1));
    expect(rows.errors.size).to.equal(0);
  });
});

describe('a collection derived from itself', () => {
  it('reports an error with its name, and does not hang', () => {
    const source = fakeInformer(value('a', 1));
    let behind: Collection<Value> | undefined;
    const first: Collection<Value> = source.pipe((batches$) =>
      incremental<Value, Value>('loop', ({ main, also }) => {
        main(() => undefined);
        also(behind!, () => undefined);
        return () => [];
      })(batches$),
    );
    behind = first.pipe(map((v) => v));
    const events = track(behind);
    expect(nodeOf(behind).failure?.message).to.match(/is derived from itself/);
    expect(behind.hasSynced).to.equal(false);
    source.modify(value('a', 2));
    events.clear();
    events.stop();
    expect(source.statistics.subscribers).to.equal(0);
  });
});
