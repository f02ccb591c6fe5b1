import { expect } from 'chai';
import {
  delay,
  filter as rxFilter,
  map as rxMap,
  type Observable,
  VirtualTimeScheduler,
  Subject,
  takeUntil,
} from 'rxjs';
import type {
  Change,
  Collection,
  DeltaBatch,
  DeltaOperator,
  DerivedBatch,
} from '../../../src/informers/collection/index.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { tap } from '../../../src/projections/operators/tap.ts';
import { fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { ObservedSource, type Value, value } from '../../conformance/observed-source.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const passed = (batch: DeltaBatch<Value>): DerivedBatch<Value> =>
  batch.derive(
    batch.changes.map(({ type, key, object }): Change<Value> =>
      type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object },
    ),
  );
const same = (): DeltaOperator<Value, Value> => map((v) => v);
const observed = (...objects: Value[]): ObservedSource => new ObservedSource({ name: 'values', objects });

const stop$ = new Subject<void>();

describe('DerivedCollection', () => {
  describe('with an operator', () => {
    it('that emits later emits in a separate tick', () => {
      const time = new VirtualTimeScheduler();
      const values = fakeInformer(value('a', 1));
      const events = track(
        values.pipe((batches$) => batches$.pipe(rxMap(passed), delay(1000, time))),
        ({ n }) => n,
      );
      time.flush();
      values.modify(value('a', 2));
      events.expect('ADDED a 1');
      time.flush();
      events.expect('MODIFIED a 2');
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'WRITE', 'WRITE']);
    });

    it('that changes a key several times in a tick uses the last change', () => {
      const values = fakeInformer(value('a', 1));
      const twice: DeltaOperator<Value, number> = rxMap((batch) =>
        batch.derive(
          batch.changes.flatMap(({ key, object }): Change<number>[] => [
            { type: 'PUT', key, object: object.n },
            { type: 'REMOVE', key: 'never' },
            { type: 'PUT', key, object: object.n * 10 },
          ]),
        ),
      );
      const events = track(values.pipe(twice), (n) => n);
      values.modify(value('a', 2));
      events.expect('ADDED a 10', 'MODIFIED a 20');
    });

    for (const [what, operator, message] of [
      ['fails', tap<Value>((batch) => batch.cause.type === 'EVENT' && expect.fail('no luck')), 'no luck'],
      [
        'completes',
        (batches$: Observable<DeltaBatch<Value>>) => batches$.pipe(takeUntil(stop$), rxMap(passed)),
        'it must never complete',
      ],
      [
        'does not emit batches of derive()',
        rxMap(
          (batch: DeltaBatch<Value>) => (batch.cause.type === 'EVENT' ? batch : passed(batch)) as DerivedBatch<Value>,
        ),
        'must return batch.derive',
      ],
    ] as const) {
      it(`that ${what} keeps the rows, is not synced, and reports the failure`, () => {
        const values = observed(value('a', 1));
        const broken: Collection<Value> = values.pipe(operator as DeltaOperator<Value, Value>);
        const above = broken.pipe(same());
        const synced: boolean[] = [];
        above.deltas$.subscribe(() => synced.push(above.hasSynced));
        const events = track(above, ({ n }) => n);
        events.expect('ADDED a 1');
        if (what === 'completes') stop$.next();
        else values.modify(value('a', 2));
        values.modify(value('a', 3));
        events.expect();
        expect([broken.hasSynced, above.hasSynced]).to.deep.equal([false, false]);
        expect(nodeOf(broken).failure?.message).to.match(new RegExp(`^values \\| \\w+: .*${message}`));
        expect(nodeOf(above).failure).to.equal(nodeOf(broken).failure);
        expect(above.get('a')?.n).to.equal(1);
        // Subscribers receive one batch when it is no longer synced.
        expect(synced).to.deep.equal([true, false]);
      });
    }

    it('that fails at the first batch is never synced', () => {
      const values = observed(value('a', 1));
      const broken = values.pipe(tap(() => expect.fail('no luck')));
      const events = track(broken);
      expect([broken.hasSynced, nodeOf(broken).failure?.message]).to.deep.equal([
        false,
        'values | tap: an operator failed: no luck',
      ]);
      expect(events.takeCauses()).to.deep.equal([]);
    });

    it('that throws or returns no observable reports a failure, and does not throw to the subscriber', () => {
      const values = observed(value('a', 1));
      const throwing = values.pipe((): Observable<DerivedBatch<Value>> => expect.fail('no luck'));
      const noObservable = values.pipe(() => undefined as unknown as Observable<DerivedBatch<Value>>);
      for (const broken of [throwing, noObservable]) {
        const events = track(broken);
        expect(nodeOf(broken).failure?.message).to.contain('an operator failed: ');
        events.stop();
        expect(values.isConnected).to.equal(false);
      }
    });

    it('of RxJS has a hint in its failure', () => {
      const hint = /is this an operator of RxJS\? The operators of kubefacet are in kubefacet\/projections\)$/;
      for (const strange of [
        rxMap((one: Value) => one.metadata.name.length),
        rxFilter((one: Value) => one.metadata.name === 'a'),
        rxFilter(() => true),
      ]) {
        const broken = observed(value('a', 1)).pipe(strange as unknown as DeltaOperator<Value, Value>);
        track(broken);
        expect(nodeOf(broken).failure?.message).to.match(hint);
      }
    });

    it('that has emitted a valid batch before has no hint in its failure', () => {
      const values = fakeInformer(value('a', 1));
      const later = values.pipe(
        tap(({ cause }) => {
          if (cause.type === 'EVENT') throw new TypeError('no luck');
        }),
      );
      const events = track(later);
      values.modify(value('a', 2));
      expect(nodeOf(later).failure?.message).to.equal('fake | tap: an operator failed: no luck');
      events.stop();
    });

    it('that failed starts again with the next first subscriber', () => {
      const values = observed(value('a', 1));
      let works = false;
      const fickle = values.pipe(tap(() => works || expect.fail('no luck')));
      track(fickle).stop();
      works = true;
      const events = track(fickle);
      events.expect('ADDED a');
      expect([fickle.hasSynced, nodeOf(fickle).failure]).to.deep.equal([true, undefined]);
    });
  });

  describe('with a row that cannot be made', () => {
    it('reports its error until its key changes', () => {
      const values = fakeInformer(value('a', 1), value('b', 2));
      const even = values.pipe(
        map((v) => (v.n % 2 === 0 ? v : expect.fail(`${v.n} is odd`))),
        map((v) => v),
      );
      const events = track(even, ({ n }) => n);
      events.expect('ADDED b 2');
      expect([...even.errors]).to.have.length(1);
      expect(even.errors.get('a')).to.include({
        collection: 'fake | map',
        key: 'a',
        message: 'fake | map: no row for a: 1 is odd',
      });
      values.modify(value('b', 3));
      events.expect('DELETED b 2');
      expect([...even.errors.keys()]).to.deep.equal(['a', 'b']);
      values.modify(value('a', 4));
      values.delete('b');
      events.expect('ADDED a 4');
      expect(even.errors.size).to.equal(0);
    });

    it('reports undefined rows and unknown types of changes as errors', () => {
      const values = fakeInformer(value('a', 1), value('b', 2), value('c', 3));
      const strange: DeltaOperator<Value, Value> = rxMap((batch) =>
        batch.derive(
          batch.changes.map(({ key, object }): Change<Value> => {
            if (key === 'a') return { type: 'PUT', key, object: undefined as unknown as Value };
            return key === 'b' ? ({ type: 'UPSERT', key } as unknown as Change<Value>) : { type: 'PUT', key, object };
          }),
        ),
      );
      const rows = values.pipe(strange);
      const events = track(rows);
      events.expect('ADDED c');
      expect([...rows.errors.values()].map(({ message }) => message)).to.deep.equal([
        'fake | operator: no row for a: an operator emitted a PUT without an object; emit REMOVE to remove a row',
        'fake | operator: no row for b: unexpected value: {"type":"UPSERT","key":"b"}',
      ]);
    });

    it('keeps the thrown value of a hundred rows, and the message of all', () => {
      const values = fakeInformer(...Array.from({ length: 150 }, (_, n) => value(`v${n}`, n)));
      const failing = values.pipe(map((): Value => expect.fail('no luck')));
      track(failing);
      const errors = [...failing.errors.values()];
      expect(errors.filter(({ cause }) => cause instanceof Error)).to.have.length(100);
      expect(errors.filter(({ message }) => message.endsWith('no luck'))).to.have.length(150);
    });
  });
});
