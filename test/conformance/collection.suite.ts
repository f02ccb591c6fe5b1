/**
 * What every collection promises (`src/informers/collection/collection.ts`), as tests that each kind of collection runs.
 * @module
 */
import { expect } from 'chai';
import { map as rxMap, merge, take } from 'rxjs';
import type { Collection, DeltaBatch, DeltaOperator, DerivedBatch } from '../../src/informers/collection/index.ts';
import { NotConnectedError } from '../../src/informers/collection/index.ts';
import { FakeInformer, track } from '../../src/testing/informers/index.ts';

/** The smallest object: a name and a number. */
export interface Value {
  readonly metadata: { readonly name: string; readonly uid?: string; readonly resourceVersion?: string };
  readonly n: number;
}

export const value = (name: string, n: number): Value => ({ metadata: { name }, n });

/** A fake that tells whether it runs. */
export class ObservedSource extends FakeInformer<Value> {
  running = 0;

  get isConnected(): boolean {
    return this.connected;
  }

  protected override start(): void {
    this.running += 1;
  }

  protected override stop(): void {
    this.running -= 1;
  }
}

/** A kind of collection. */
export interface CollectionRig {
  readonly name: string;
  /** The collection over a source of values. */
  readonly over: (source: ObservedSource) => Collection<Numbered>;
  /** The number that a value of `n` shows in the collection. */
  readonly shows: (n: number) => number;
  /** Whether it is made of another collection, so that nobody can read it who does not keep it running. */
  readonly derived: boolean;
}

type Numbered = { readonly n: number };

/** Each object under two keys, by way of two subscriptions. */
function underTwoKeys(again: Collection<Numbered>): DeltaOperator<Numbered, Numbered> {
  const under =
    (prefix: string) =>
    (batch: DeltaBatch<Numbered>): DerivedBatch<Numbered> =>
      batch.derive(batch.changes.map(({ key, object }) => ({ type: 'PUT', key: `${prefix}/${key}`, object })));
  return (batches$) => merge(batches$.pipe(rxMap(under('1'))), again.deltas$.pipe(rxMap(under('2'))));
}

/** Declares the tests of a rig. */
export function collectionSuite({ name, over, shows, derived }: CollectionRig): void {
  const setUp = (objects: readonly Value[] = [value('a', 1), value('b', 2)], notSynced = false) => {
    const source = new ObservedSource({ name: 'values', objects, notSynced });
    return { source, collection: over(source) };
  };
  const line = (type: string, key: string, n: number): string => `${type} ${key} ${shows(n)}`;

  describe(`${name}, as a collection`, () => {
    it('gives a subscriber one snapshot, at once, and then each change once', () => {
      const { source, collection } = setUp();
      const events = track(collection, ({ n }) => n);
      events.expect(line('ADDED', 'a', 1), line('ADDED', 'b', 2));
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
      source.add(value('c', 3));
      source.modify(value('a', 4));
      source.delete('b');
      events.expect(line('ADDED', 'c', 3), line('MODIFIED', 'a', 4), line('DELETED', 'b', 2));
      expect(events.takeCauses()).to.deep.equal(['EVENT', 'EVENT', 'EVENT']);
    });

    it('gives an empty snapshot of an empty source', () => {
      const events = track(setUp([]).collection);
      events.expect();
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
    });

    it('gives no snapshot before the source has synced, and one when it has', () => {
      const { source, collection } = setUp([value('a', 1)], true);
      const events = track(collection, ({ n }) => n);
      expect(collection.hasSynced).to.equal(false);
      expect(events.takeCauses()).to.deep.equal([]);
      source.sync();
      expect(collection.hasSynced).to.equal(true);
      events.expect(line('ADDED', 'a', 1));
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
    });

    it('gives a late subscriber a snapshot of its own and tells the others nothing', () => {
      const { source, collection } = setUp();
      const early = track(collection, ({ n }) => n);
      source.modify(value('a', 7));
      early.clear();
      const late = track(collection, ({ n }) => n);
      late.expect(line('ADDED', 'a', 7), line('ADDED', 'b', 2));
      expect(late.takeCauses()).to.deep.equal(['SNAPSHOT']);
      early.expect();
      source.delete('a');
      early.expect(line('DELETED', 'a', 7));
      late.expect(line('DELETED', 'a', 7));
    });

    it('shows its readers what the last batch led to', () => {
      const { source, collection } = setUp();
      const seen: unknown[] = [];
      collection.deltas$.subscribe(() => {
        seen.push(
          [...collection.entries()].map(([key, { n }]) => `${key} ${n}`).toSorted(),
          collection.size,
          collection.list().length,
          collection.get('a')?.n,
        );
      });
      source.delete('b');
      source.modify(value('a', 9));
      expect(seen).to.deep.equal([
        ...[[`a ${shows(1)}`, `b ${shows(2)}`], 2, 2, shows(1)],
        ...[[`a ${shows(1)}`], 1, 1, shows(1)],
        ...[[`a ${shows(9)}`], 1, 1, shows(9)],
      ]);
    });

    it('keeps a named index in step, over what is there and what comes', () => {
      const { source, collection } = setUp();
      const controller = new AbortController();
      collection.connect(controller.signal);
      collection.addIndex('parity', ({ n }) => [String(n % 4)]);
      const found = (n: number): number[] =>
        collection.byIndex('parity', String(shows(n) % 4)).map((object) => object.n);
      expect(found(1)).to.deep.equal([shows(1)]);
      source.modify(value('a', 2));
      expect(found(1)).to.deep.equal([]);
      expect(found(2)).to.have.length(2);
      source.delete('b');
      expect(found(2)).to.deep.equal([shows(2)]);
      expect(() => collection.addIndex('parity', () => [])).to.throw('there is an index named "parity" already');
      expect(() => collection.byIndex('age', '1')).to.throw('there is no index named "age"');
      controller.abort();
    });

    it('says nothing of an object that is written again as it was', () => {
      const { source, collection } = setUp([{ metadata: { name: 'a', uid: 'u', resourceVersion: '5' }, n: 1 }]);
      const events = track(collection);
      events.clear();
      source.replace({ metadata: { name: 'a', uid: 'u', resourceVersion: '5' }, n: 1 });
      events.expect();
    });

    it('tells a relist as the difference, in one batch', () => {
      const { source, collection } = setUp([value('a', 1), value('b', 2), value('c', 3)]);
      const events = track(collection, ({ n }) => n);
      events.clear();
      source.replace(value('a', 1), value('b', 5), value('d', 4));
      events.expect(line('MODIFIED', 'b', 5), line('DELETED', 'c', 3), line('ADDED', 'd', 4));
      expect(events.takeCauses()).to.deep.equal(['RELIST']);
      source.relist();
      events.expect();
      expect(events.takeCauses()).to.deep.equal(['RELIST']);
    });

    it('loses its objects when the source is gone, and says when they are back', () => {
      const { source, collection } = setUp();
      const events = track(collection, ({ n }) => n);
      events.clear();
      source.gone();
      events.expect(line('DELETED', 'a', 1), line('DELETED', 'b', 2));
      expect(events.takeCauses()).to.deep.equal(['GONE']);
      expect(collection.hasSynced).to.equal(false);
      const late = track(collection, ({ n }) => n);
      expect(late.takeCauses()).to.deep.equal([]);
      source.replace(value('a', 8));
      expect(collection.hasSynced).to.equal(true);
      events.expect(line('ADDED', 'a', 8));
      expect(events.takeCauses()).to.deep.equal(['RELIST']);
      late.expect(line('ADDED', 'a', 8));
      expect(late.takeCauses()).to.deep.equal(['SNAPSHOT']);
    });

    it('says that an empty source that was gone is back', () => {
      const { source, collection } = setUp([]);
      const events = track(collection);
      source.gone();
      source.replace();
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'GONE', 'RELIST']);
      expect(collection.hasSynced).to.equal(true);
    });

    it('runs while somebody subscribes, and leaves nothing behind', () => {
      const { source, collection } = setUp();
      expect(source.running).to.equal(0);
      const first = track(collection);
      const second = track(collection);
      expect(source.running).to.equal(1);
      first.stop();
      source.modify(value('a', 6));
      expect([source.running, source.isConnected]).to.deep.equal([1, true]);
      second.stop();
      expect([source.running, source.isConnected]).to.deep.equal([0, false]);
      second.clear();
      source.modify(value('a', 7));
      second.expect();
    });

    it('begins anew for a subscriber that comes after the last one has gone', () => {
      const { source, collection } = setUp();
      track(collection).stop();
      source.delete('a');
      source.modify(value('b', 5));
      const events = track(collection, ({ n }) => n);
      events.expect(line('ADDED', 'b', 5));
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
      source.add(value('a', 3));
      events.expect(line('ADDED', 'a', 3));
    });

    it('lets a subscriber go that leaves with its snapshot', () => {
      const { source, collection } = setUp();
      const batches: DeltaBatch<unknown>[] = [];
      collection.deltas$.pipe(take(1)).subscribe((batch) => batches.push(batch));
      expect(batches).to.have.length(1);
      expect(source.isConnected).to.equal(false);
    });

    it('never starts for a subscriber that leaves before its turn', () => {
      const { source, collection } = setUp();
      const order: string[] = [];
      source.deltas$.pipe(take(1)).subscribe(() => {
        // Inside a tick: the subscription waits for the next one.
        collection.deltas$.subscribe(() => order.push('told')).unsubscribe();
      });
      expect(order).to.deep.equal([]);
      expect(source.isConnected).to.equal(false);
    });

    it('is kept running by connect() until the signal is aborted', () => {
      const { source, collection } = setUp();
      const controller = new AbortController();
      collection.connect(controller.signal);
      expect(source.isConnected).to.equal(true);
      expect(collection.size).to.equal(2);
      controller.abort();
      expect(source.isConnected).to.equal(false);
      collection.connect(controller.signal);
      expect(source.isConnected).to.equal(false);
    });

    it('reports its sources', () => {
      const { source, collection } = setUp();
      expect(collection.sources().map((status) => [status.name, status.ready])).to.deep.equal([['values', true]]);
      track(collection);
      source.goSilent();
      expect(collection.sources()[0]?.message).to.equal('nothing has been heard from the API server');
    });

    if (derived) {
      it('refuses to be read while nobody keeps it running', () => {
        const { collection } = setUp();
        const readers = [
          () => collection.get('a'),
          () => collection.list(),
          () => collection.entries(),
          () => collection.size,
          () => collection.byIndex('x', 'y'),
        ];
        for (const read of readers) expect(read).to.throw(NotConnectedError, `${collection.name} is not running`);
        track(collection).stop();
        for (const read of readers) expect(read).to.throw(NotConnectedError);
      });
    }

    it('is an input that another collection can be derived from, once and twice', () => {
      const { source, collection } = setUp();
      const both = collection.pipe(underTwoKeys(collection));
      const events = track(both, ({ n }) => n);
      events.expect(line('ADDED', '1/a', 1), line('ADDED', '1/b', 2), line('ADDED', '2/a', 1), line('ADDED', '2/b', 2));
      source.modify(value('a', 3));
      events.expect(line('MODIFIED', '1/a', 3), line('MODIFIED', '2/a', 3));
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'EVENT']);
      events.stop();
      expect(source.isConnected).to.equal(false);
    });
  });
}
