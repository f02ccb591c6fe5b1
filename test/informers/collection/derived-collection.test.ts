import { expect } from 'chai';
import { delay, map as rxMap, merge, Observable, VirtualTimeScheduler, Subject, takeUntil } from 'rxjs';
import type {
  Change,
  Collection,
  DeltaBatch,
  DeltaOperator,
  DerivedBatch,
} from '../../../src/informers/collection/index.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { tap } from '../../../src/projections/operators/tap.ts';
import { fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { ObservedSource, type Value, value } from '../../conformance/collection.suite.ts';

const passed = (batch: DeltaBatch<Value>): DerivedBatch<Value> =>
  batch.derive(
    batch.changes.map(({ type, key, object }): Change<Value> =>
      type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object },
    ),
  );
const pass: DeltaOperator<Value, Value> = rxMap(passed);
const same = (): DeltaOperator<Value, Value> => map((v) => v);
const observed = (...objects: Value[]): ObservedSource => new ObservedSource({ name: 'values', objects });

/** `1+1`: the numbers of a key in two collections. The second is subscribed to at once, or when `ready` says so. */
function beside(other: Collection<Value>, ready?: (batch: DeltaBatch<Value>) => boolean): DeltaOperator<Value, string> {
  return (batches$) =>
    new Observable((subscriber) => {
      const here = new Map<string, number>();
      const there = new Map<string, number>();
      let joined = false;
      const take =
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
        subscription.add(other.deltas$.subscribe(take(there)));
      };
      const subscription = batches$.subscribe(take(here));
      if (ready === undefined) join();
      return subscription;
    });
}
const stop$ = new Subject<void>();

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
    it('is above all inputs, however unequal the paths that lead here', () => {
      const values = fakeInformer(value('a', 1));
      const far = values.pipe(same(), same(), same(), same());
      const events = track(values.pipe(beside(far)), (text) => text);
      values.modify(value('a', 2));
      events.expect('ADDED a 1+1', 'MODIFIED a 2+2');
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'EVENT']);
    });

    it('is the same when the far input runs already', () => {
      const values = fakeInformer(value('a', 1));
      const far = values.pipe(same(), same(), same(), same());
      track(far);
      const events = track(values.pipe(beside(far)), (text) => text);
      values.modify(value('a', 2));
      events.expect('ADDED a 1+1', 'MODIFIED a 2+2');
    });

    it('rises when an input comes later, and with it that of what is derived from it', () => {
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
        'must answer with batch.derive',
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
        expect(broken.failure?.message).to.match(new RegExp(`^values \\| \\w+: .*${message}`));
        expect(above.failure).to.equal(broken.failure);
        expect(above.get('a')?.n).to.equal(1);
        // Subscribers are told, once, so that they can look.
        expect(told).to.deep.equal([true, false]);
      });
    }

    it('that fails at the first batch leaves the collection unsynced', () => {
      const values = observed(value('a', 1));
      const broken = values.pipe(tap(() => expect.fail('no luck')));
      const events = track(broken);
      expect([broken.hasSynced, broken.failure?.message]).to.deep.equal([
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
        expect(broken.failure?.message).to.contain('an operator failed: ');
        events.stop();
        expect(values.isConnected).to.equal(false);
      }
    });

    it('that failed is tried again by who subscribes after the last one has gone', () => {
      const values = observed(value('a', 1));
      let luck = false;
      const fickle = values.pipe(tap(() => luck || expect.fail('no luck')));
      track(fickle).stop();
      luck = true;
      const events = track(fickle);
      events.expect('ADDED a');
      expect([fickle.hasSynced, fickle.failure]).to.deep.equal([true, undefined]);
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
        'fake | operator: no row for b: unexpected {"type":"UPSERT","key":"b"}',
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

  it('waits for all of its inputs, and is unsynced while one of them is gone', () => {
    const left = observed(value('a', 1));
    const right = new ObservedSource({ name: 'others', objects: [value('a', 5)], notSynced: true });
    const both = left.pipe(beside(right));
    const events = track(both, (text) => text);
    expect(both.hasSynced).to.equal(false);
    expect(both.sources().map(({ name }) => name)).to.deep.equal(['values', 'others']);
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

  it('does not run twice what two collections share', () => {
    const values = fakeInformer(value('a', 1));
    let calls = 0;
    const shared = values.pipe(map((v) => ((calls += 1), v)));
    track(shared.pipe(same()));
    track(shared);
    values.modify(value('a', 2));
    expect(calls).to.equal(2);
  });

  it('lets go of its inputs when it stops while they are telling it', () => {
    const values = observed(value('a', 1));
    const events = track(values.pipe(same()), () => '');
    values.deltas$.subscribe((batch) => batch.cause.type === 'EVENT' && events.stop());
    events.clear();
    values.modify(value('a', 2));
    events.expect();
  });

  it('takes subscriptions made while it works as inputs, and those of its merged sources', () => {
    const values = observed(value('a', 1));
    const others = new ObservedSource({ name: 'others', objects: [value('b', 1)], notSynced: true });
    const merged = values.pipe((batches$) => merge(batches$, others.deltas$).pipe(rxMap(passed)));
    const events = track(merged);
    events.expect();
    others.sync();
    events.expect('ADDED a', 'ADDED b');
  });
});
