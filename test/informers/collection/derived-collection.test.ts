import { expect } from 'chai';
import { map as rxMap, merge, Observable } from 'rxjs';
import type {
  Change,
  Collection,
  DeltaBatch,
  DeltaOperator,
  DerivedBatch,
} from '../../../src/informers/collection/index.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { ObservedSource, type Value, value } from '../../conformance/observed-source.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const passed = (batch: DeltaBatch<Value>): DerivedBatch<Value> =>
  batch.derive(
    batch.changes.map(({ type, key, object }): Change<Value> =>
      type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object },
    ),
  );
const pass: DeltaOperator<Value, Value> = rxMap(passed);
const same = (): DeltaOperator<Value, Value> => map((v) => v);
const observed = (...objects: Value[]): ObservedSource => new ObservedSource({ name: 'values', objects });

/** Rows like `1+1`: the numbers of a key in two collections. Subscribes to the second immediately, or after the batch for which `ready` returns true. */
function beside(other: Collection<Value>, ready?: (batch: DeltaBatch<Value>) => boolean): DeltaOperator<Value, string> {
  return (batches$) =>
    new Observable((subscriber) => {
      const here = new Map<string, number>();
      const there = new Map<string, number>();
      let joined = false;
      const takeInto =
        (side: Map<string, number>) =>
        (batch: DeltaBatch<Value>): void => {
          for (const { type, key, object } of batch.changes) {
            if (type === 'DELETED') side.delete(key);
            else side.set(key, object.n);
          }
          const row = (key: string): Change<string> => ({
            type: 'PUT',
            key,
            object: `${here.get(key)}+${there.get(key)}`,
          });
          subscriber.next(batch.derive(batch.changes.map(({ key }) => row(key))));
          if (!joined && ready?.(batch) === true) join();
        };
      const join = (): void => {
        joined = true;
        subscription.add(other.deltas$.subscribe(takeInto(there)));
      };
      const subscription = batches$.subscribe(takeInto(here));
      if (ready === undefined) join();
      return subscription;
    });
}

describe('DerivedCollection', () => {
  it('is named after its steps', () => {
    const values = fakeInformer(value('a', 1));
    expect(
      values.pipe(
        filter(() => true),
        same(),
        pass,
      ).name,
    ).to.equal('fake | filter | map | operator');
  });

  describe('its height', () => {
    it('is above the height of all inputs, also if one path to the source is longer', () => {
      const values = fakeInformer(value('a', 1));
      const far = values.pipe(same(), same(), same(), same());
      const events = track(values.pipe(beside(far)), (text) => text);
      values.modify(value('a', 2));
      events.expect('ADDED a 1+1', 'MODIFIED a 2+2');
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'EVENT']);
    });

    it('is the same if the input with the longer path runs already', () => {
      const values = fakeInformer(value('a', 1));
      const far = values.pipe(same(), same(), same(), same());
      track(far);
      const events = track(values.pipe(beside(far)), (text) => text);
      values.modify(value('a', 2));
      events.expect('ADDED a 1+1', 'MODIFIED a 2+2');
    });

    it('increases when an input is added later, and so does the height of collections derived from it', () => {
      const values = fakeInformer(value('a', 1));
      const far = values.pipe(same(), same(), same(), same());
      const late = values.pipe(
        beside(far, ({ cause }) => cause.type === 'EVENT'),
        map((text) => value('a', Number(text.split('+')[1]))),
      );
      const events = track(values.pipe(beside(late)), (text) => text);
      events.expect('ADDED a 1+NaN');
      values.modify(value('a', 2));
      values.modify(value('a', 3));
      events.expect('MODIFIED a 2+2', 'MODIFIED a 3+3');
    });
  });

  it('waits until all inputs have synced, and is not synced while one of them is gone', () => {
    const left = observed(value('a', 1));
    const right = new ObservedSource({ name: 'others', objects: [value('a', 5)], notSynced: true });
    const both = left.pipe(beside(right));
    const events = track(both, (text) => text);
    expect(both.hasSynced).to.equal(false);
    expect(
      nodeOf(both)
        .sources()
        .map(({ name }) => name),
    ).to.deep.equal(['values', 'others']);
    left.modify(value('a', 2));
    events.expect();
    right.sync();
    events.expect('ADDED a 2+5');
    right.gone();
    expect([both.hasSynced, ...events.takeCauses()]).to.deep.equal([false, 'SNAPSHOT', 'GONE']);
    right.replace(value('a', 6));
    expect([both.hasSynced, ...events.takeCauses()]).to.deep.equal([true, 'RELIST']);
    events.stop();
    expect([left.isConnected, right.isConnected]).to.deep.equal([false, false]);
  });

  it('runs a step once that two collections share', () => {
    const values = fakeInformer(value('a', 1));
    let calls = 0;
    const shared = values.pipe(map((v) => ((calls += 1), v)));
    track(shared.pipe(same()));
    track(shared);
    values.modify(value('a', 2));
    expect(calls).to.equal(2);
  });

  it('unsubscribes from its inputs if it stops while they emit', () => {
    const values = observed(value('a', 1));
    const events = track(values.pipe(same()), () => '');
    values.deltas$.subscribe((batch) => batch.cause.type === 'EVENT' && events.stop());
    events.clear();
    values.modify(value('a', 2));
    events.expect();
  });

  it('takes subscriptions that its operator makes as inputs', () => {
    const values = observed(value('a', 1));
    const others = new ObservedSource({ name: 'others', objects: [value('b', 1)], notSynced: true });
    const merged = values.pipe((batches$) => merge(batches$, others.deltas$).pipe(rxMap(passed)));
    const events = track(merged);
    events.expect();
    others.sync();
    events.expect('ADDED a', 'ADDED b');
  });
});
