/**
 * The start and the end of a collection: part of the suite of each kind of collection.
 * @module
 */
import { expect } from 'chai';
import { take } from 'rxjs';
import type { DeltaBatch } from '../../src/informers/collection/index.ts';
import { track } from '../../src/testing/informers/index.ts';
import type { CollectionRig } from './collection-rig.ts';
import { ObservedSource, value } from './observed-source.ts';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';
import { keepRunning } from '../../src/informers/collection/collection.ts';

/** Declares the tests of a rig. */
export function lifecycleSuite({ name, over, shows }: CollectionRig): void {
  const setUp = () => {
    const source = new ObservedSource({ name: 'values', objects: [value('a', 1), value('b', 2)] });
    return { source, collection: over(source) };
  };
  const line = (type: string, key: string, n: number): string => `${type} ${key} ${shows(n)}`;

  describe(`${name}, from its start to its end`, () => {
    it('runs while it has a subscriber, and leaves nothing behind', () => {
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

    it('starts again for the first subscriber after it has stopped', () => {
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

    it('stops for a subscriber that unsubscribes while it receives the snapshot', () => {
      const { source, collection } = setUp();
      const batches: DeltaBatch<unknown>[] = [];
      collection.deltas$.pipe(take(1)).subscribe((batch) => batches.push(batch));
      expect(batches).to.have.length(1);
      expect(source.isConnected).to.equal(false);
    });

    it('does not start for a subscriber that unsubscribes before its tick', () => {
      const { source, collection } = setUp();
      const order: string[] = [];
      source.deltas$.pipe(take(1)).subscribe(() => {
        // Inside a tick: the subscription waits for the next one.
        collection.deltas$.subscribe(() => order.push('called')).unsubscribe();
      });
      expect(order).to.deep.equal([]);
      expect(source.isConnected).to.equal(false);
    });

    it('is kept running by keepRunning() until the signal is aborted', () => {
      const { source, collection } = setUp();
      const controller = new AbortController();
      keepRunning(collection, controller.signal);
      expect(source.isConnected).to.equal(true);
      expect(nodeOf(collection).size).to.equal(2);
      controller.abort();
      expect(source.isConnected).to.equal(false);
      keepRunning(collection, controller.signal);
      expect(source.isConnected).to.equal(false);
    });
  });
}
