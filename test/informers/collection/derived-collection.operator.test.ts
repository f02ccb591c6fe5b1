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
  describe('its operator', () => {
    it('may answer later, which is a tick of its own', () => {
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

    it('has its last word on a key in a tick count', () => {
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
      ['errors', tap<Value>((batch) => batch.cause.type === 'EVENT' && expect.fail('no luck')), 'no luck'],
      [
        'completes',
        (batches$: Observable<DeltaBatch<Value>>) => batches$.pipe(takeUntil(stop$), rxMap(passed)),
        'it must go on for ever',
      ],
      [
        'answers not with derive()',
        rxMap(
          (batch: DeltaBatch<Value>) => (batch.cause.type === 'EVENT' ? batch : passed(batch)) as DerivedBatch<Value>,
        ),
        'must return batch.derive',
      ],
    ] as const) {
      it(`that ${what} leaves the rows as they are, unsynced, and says why`, () => {
        const values = observed(value('a', 1));
        const broken: Collection<Value> = values.pipe(operator as DeltaOperator<Value, Value>);
        const above = broken.pipe(same());
        const told: boolean[] = [];
        above.deltas$.subscribe(() => told.push(above.hasSynced));
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
        // Subscribers are told, once, so that they can look.
        expect(told).to.deep.equal([true, false]);
      });
    }

    it('that fails at the first batch leaves the collection unsynced', () => {
      const values = observed(value('a', 1));
      const broken = values.pipe(tap(() => expect.fail('no luck')));
      const events = track(broken);
      expect([broken.hasSynced, nodeOf(broken).failure?.message]).to.deep.equal([
        false,
        'values | tap: an operator failed: no luck',
      ]);
      expect(events.takeCauses()).to.deep.equal([]);
    });

    it("that throws or answers nonsense when it is called is a failure, and not the caller's", () => {
      const values = observed(value('a', 1));
      const throwing = values.pipe((): Observable<DerivedBatch<Value>> => expect.fail('no luck'));
      const nonsense = values.pipe(() => undefined as unknown as Observable<DerivedBatch<Value>>);
      for (const broken of [throwing, nonsense]) {
        const events = track(broken);
        expect(nodeOf(broken).failure?.message).to.contain('an operator failed: ');
        events.stop();
        expect(values.isConnected).to.equal(false);
      }
    });

    it('that seems to be of rxjs is called so: it takes batches for objects, or passes them on', () => {
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

    it('that has answered before, or fails otherwise, is not', () => {
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

    it('that failed is tried again by who subscribes after the last one has gone', () => {
      const values = observed(value('a', 1));
      let luck = false;
      const fickle = values.pipe(tap(() => luck || expect.fail('no luck')));
      track(fickle).stop();
      luck = true;
      const events = track(fickle);
      events.expect('ADDED a');
      expect([fickle.hasSynced, nodeOf(fickle).failure]).to.deep.equal([true, undefined]);
    });
  });

  describe('a row that can not be made', () => {
    it('is absent with an error until its key changes', () => {
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

    it('is one that a user puts as undefined, or as no change that there is', () => {
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
        'fake | operator: no row for a: an operator has put undefined',
        'fake | operator: no row for b: unexpected value: {"type":"UPSERT","key":"b"}',
      ]);
    });

    it('keeps what was thrown for a hundred rows, and the message for all', () => {
      const values = fakeInformer(...Array.from({ length: 150 }, (_, n) => value(`v${n}`, n)));
      const none = values.pipe(map((): Value => expect.fail('no luck')));
      track(none);
      const errors = [...none.errors.values()];
      expect(errors.filter(({ cause }) => cause instanceof Error)).to.have.length(100);
      expect(errors.filter(({ message }) => message.endsWith('no luck'))).to.have.length(150);
    });
  });
});
