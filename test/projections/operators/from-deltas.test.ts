import { expect } from 'chai';
import * as rx from 'rxjs';
import { type Collection, DeltaBatch } from '../../../src/informers/collection/index.ts';
import { NotReadyError } from '../../../src/projections/errors.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { fromDeltas } from '../../../src/projections/operators/from-deltas.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { viewOf } from '../view-rig.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

operatorSuite<Value>({
  name: 'fromDeltas',
  sources: 1,
  build: (source) =>
    // The errors of a step stay with that step.
    fromDeltas('back', source.pipe(filter(({ n }) => n > 0 && n !== BAD)).deltas$).pipe(map((row) => row)),
  show: ({ n }) => n,
  expected: (source) => ({
    rows: new Map([...source].map(([key, { n }]) => [key, n] as const).filter(([, n]) => n > 0 && n !== BAD)),
  }),
});

describe('fromDeltas()', () => {
  it('makes a collection from batches that were buffered and merged', () => {
    const time = new rx.VirtualTimeScheduler();
    const values = fakeInformer(value('a', 1), value('b', 1));
    const calm = fromDeltas(
      'calm values',
      values.deltas$.pipe(
        rx.bufferTime(1000, time),
        rx.filter((batches) => batches.length > 0),
        rx.map(DeltaBatch.merge),
      ),
    );
    const events = track(calm, ({ n }) => n);
    const forward = (milliseconds: number): void => {
      time.maxFrames += milliseconds;
      time.flush();
    };
    time.maxFrames = 0;
    values.modify(value('a', 2));
    events.expect();
    forward(1000);
    events.expect('ADDED a 2', 'ADDED b 1');
    values.modify(value('a', 3), value('a', 4));
    values.add(value('c', 1));
    values.delete('c', 'b');
    forward(999);
    events.expect();
    forward(1);
    events.expect('MODIFIED a 4', 'DELETED b 1');
    forward(5000);
    expect([calm.hasSynced, nodeOf(calm).failure]).to.deep.equal([true, undefined]);
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'EVENT']);
  });

  it('detects an operator that loses batches: views over it are not ready and report the reason', () => {
    const pods = fakeInformer(pod('shop/web'));
    const lossy = fromDeltas('lossy pods', pods.deltas$.pipe(rx.filter(({ span }) => span.last !== 3)));
    const view = viewOf(lossy.pipe(map(({ metadata }) => ({ metadata: { namespace: 'shop', name: metadata?.name } }))));
    expect(view.size).to.equal(1);
    pods.add(pod('shop/db'));
    expect(view.size).to.equal(2);
    pods.add(pod('shop/lost'));
    pods.add(pod('shop/x'));
    const message =
      'lossy pods: batch 3 is missing; an operator such as debounceTime loses deltas; buffer batches and merge them with DeltaBatch.merge';
    expect([view.ready, view.trouble]).to.deep.equal([false, message]);
    expect(() => view.snapshot()).to.throw(NotReadyError, message);
    view.stop();
  });

  it('continues when the observable is subscribed to again', () => {
    const values = fakeInformer(value('a', 1), value('b', 1));
    let trouble$ = new rx.Subject<never>();
    const troubled$ = rx.defer(() => rx.merge(values.deltas$, (trouble$ = new rx.Subject<never>())));
    const rows = fromDeltas('values', troubled$.pipe(rx.retry()));
    const events = track(rows, ({ n }) => n);
    values.modify(value('a', 2));
    values.delete('b');
    trouble$.error(new Error('once'));
    values.modify(value('a', 3));
    events.expect('ADDED a 1', 'ADDED b 1', 'MODIFIED a 2', 'DELETED b 1', 'MODIFIED a 3');
  });

  it('emits the difference when the observable switches to another collection', () => {
    const [one, two] = [fakeInformer(value('a', 1), value('b', 1)), fakeInformer(value('b', 1), value('c', 1))];
    const choice$ = new rx.BehaviorSubject<Collection<Value>>(one);
    const rows = fromDeltas('chosen', choice$.pipe(rx.switchMap(({ deltas$ }) => deltas$)));
    const events = track(rows.pipe(map(({ metadata: { name }, n }) => ({ metadata: { name }, n }))));
    choice$.next(two);
    one.delete('a');
    two.delete('c');
    events.expect('ADDED a', 'ADDED b', 'DELETED a', 'ADDED c', 'DELETED c');
  });

  it('accepts batches with other deltas, made by with()', () => {
    const pods = fakeInformer(pod('shop/web'), pod('store/web'));
    const shop = fromDeltas(
      'pods of the shop',
      pods.deltas$.pipe(rx.map((batch) => batch.with(batch.changes.filter(({ key }) => key.startsWith('shop/'))))),
    );
    const events = track(shop);
    pods.add(pod('shop/db'), pod('store/db'));
    pods.delete('shop/web');
    events.expect('ADDED shop/web', 'ADDED shop/db', 'DELETED shop/web');
  });

  it('gives rows that are whole objects the identity of these objects', () => {
    const pods = fakeInformer(pod('shop/web'));
    const own = (rows: Collection<object>): string | undefined => viewOf(rows).get('shop/web')?.object.metadata.uid;
    expect(own(fromDeltas('pods', pods.deltas$))).to.equal(own(pods));
  });

  it('subscribes with its first subscriber, and unsubscribes with the last', () => {
    const values = fakeInformer(value('a', 1));
    const rows = fromDeltas('values', values.deltas$);
    expect(values.statistics.subscribers).to.equal(0);
    const [one, two] = [track(rows), track(rows)];
    expect(values.statistics.subscribers).to.equal(1);
    one.stop();
    two.stop();
    expect(values.statistics.subscribers).to.equal(0);
  });
});
