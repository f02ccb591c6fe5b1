/**
 * The contract of collections (`src/informers/collection/collection.ts`) as tests. Each kind of collection runs them.
 * @module
 */
import { expect } from 'chai';
import { map as rxMap, merge } from 'rxjs';
import type { Collection, DeltaBatch, DeltaOperator, DerivedBatch } from '../../src/informers/collection/index.ts';
import { NotConnectedError } from '../../src/informers/collection/index.ts';
import { track } from '../../src/testing/informers/index.ts';
import { lifecycleSuite } from './collection-lifecycle.suite.ts';
import type { CollectionRig, Numbered } from './collection-rig.ts';
import { ObservedSource, type Value, value } from './observed-source.ts';
import { addIndex, nodeOf } from '../../src/informers/collection/collection-node.ts';
import { keepRunning } from '../../src/informers/collection/collection.ts';

/** Each object under two keys, by two subscriptions. */
function underTwoKeys(again: Collection<Numbered>): DeltaOperator<Numbered, Numbered> {
  const under =
    (prefix: string) =>
    (batch: DeltaBatch<Numbered>): DerivedBatch<Numbered> =>
      batch.derive(batch.changes.map(({ key, object }) => ({ type: 'PUT', key: `${prefix}/${key}`, object })));
  return (batches$) => merge(batches$.pipe(rxMap(under('1'))), again.deltas$.pipe(rxMap(under('2'))));
}

/** Declares the tests of a rig. */
export function collectionSuite(rig: CollectionRig): void {
  lifecycleSuite(rig);
  const { name, over, shows, derived, ownSource = false } = rig;
  const setUp = (objects: readonly Value[] = [value('a', 1), value('b', 2)], notSynced = false) => {
    const source = new ObservedSource({ name: 'values', objects, notSynced });
    return { source, collection: over(source) };
  };
  const line = (type: string, key: string, n: number): string => `${type} ${key} ${shows(n)}`;

  describe(`${name}, as a collection`, () => {
    it('emits one snapshot to a subscriber immediately, and then each change once', () => {
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

    it('emits an empty snapshot of an empty source', () => {
      const events = track(setUp([]).collection);
      events.expect();
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
    });

    it('emits the snapshot when the source has synced, and not before', () => {
      const { source, collection } = setUp([value('a', 1)], true);
      const events = track(collection, ({ n }) => n);
      expect(collection.hasSynced).to.equal(false);
      expect(events.takeCauses()).to.deep.equal([]);
      source.sync();
      expect(collection.hasSynced).to.equal(true);
      events.expect(line('ADDED', 'a', 1));
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
    });

    it('emits a snapshot to a late subscriber only', () => {
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

    it('can be read by a subscriber in the state after its last batch', () => {
      const { source, collection } = setUp();
      const seen: unknown[] = [];
      collection.deltas$.subscribe(() => {
        seen.push(
          [...nodeOf(collection).entries()].map(([key, { n }]) => `${key} ${n}`).toSorted(),
          nodeOf(collection).size,
          collection.list().length,
          collection.get('a')?.n,
        );
      });
      source.delete('b');
      source.modify(value('a', 9));
      expect(seen).to.deep.equal([
        [`a ${shows(1)}`, `b ${shows(2)}`],
        2,
        2,
        shows(1),
        [`a ${shows(1)}`],
        1,
        1,
        shows(1),
        [`a ${shows(9)}`],
        1,
        1,
        shows(9),
      ]);
    });

    it('updates a named index over stored and later objects', () => {
      const { source, collection } = setUp();
      const controller = new AbortController();
      keepRunning(collection, controller.signal);
      addIndex(collection, 'parity', ({ n }) => [String(n % 4)]);
      const found = (n: number): number[] =>
        collection.byIndex('parity', String(shows(n) % 4)).map((object) => object.n);
      expect(found(1)).to.deep.equal([shows(1)]);
      source.modify(value('a', 2));
      expect(found(1)).to.deep.equal([]);
      expect(found(2)).to.have.length(2);
      source.delete('b');
      expect(found(2)).to.deep.equal([shows(2)]);
      expect(() => addIndex(collection, 'parity', () => [])).to.throw('an index named "parity" exists already');
      expect(() => collection.byIndex('age', '1')).to.throw('there is no index named "age"');
      controller.abort();
    });

    it('emits nothing for an object that is written again without changes', () => {
      const { source, collection } = setUp([{ metadata: { name: 'a', uid: 'u', resourceVersion: '5' }, n: 1 }]);
      const events = track(collection);
      events.clear();
      source.replace({ metadata: { name: 'a', uid: 'u', resourceVersion: '5' }, n: 1 });
      events.expect();
    });

    it('emits a relist as the difference, in one batch', () => {
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

    it('removes its objects when the source is gone, and adds them when it is back', () => {
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

    it('emits batches when an empty source is gone and back', () => {
      const { source, collection } = setUp([]);
      const events = track(collection);
      source.gone();
      source.replace();
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'GONE', 'RELIST']);
      expect(collection.hasSynced).to.equal(true);
    });

    if (!ownSource) {
      it('returns the status of its sources', () => {
        const { source, collection } = setUp();
        expect(
          nodeOf(collection)
            .sources()
            .map((status) => [status.name, status.ready]),
        ).to.deep.equal([['values', true]]);
        track(collection);
        source.goSilent();
        expect(nodeOf(collection).sources()[0]?.message).to.equal('nothing has been heard from the API server');
      });
    }

    if (derived) {
      it('cannot be read while it does not run', () => {
        const { collection } = setUp();
        const readers = [
          () => collection.get('a'),
          () => collection.list(),
          () => nodeOf(collection).entries(),
          () => nodeOf(collection).size,
          () => collection.byIndex('x', 'y'),
        ];
        for (const read of readers) expect(read).to.throw(NotConnectedError, `${collection.name} is not running`);
        track(collection).stop();
        for (const read of readers) expect(read).to.throw(NotConnectedError);
      });
    }

    it('can be an input of another collection, also twice', () => {
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
