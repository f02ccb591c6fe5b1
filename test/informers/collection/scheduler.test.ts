import { expect } from 'chai';
import { merge, Observable } from 'rxjs';
import { map as rxMap } from 'rxjs';
import type { Change, Collection, DeltaBatch, DeltaOperator } from '../../../src/informers/collection/index.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';

interface Value {
  readonly metadata: { readonly name: string };
  readonly n: number;
}
const value = (name: string, n: number): Value => ({ metadata: { name }, n });

/** A join of two collections by key, written as a user would write an operator. */
function product(other: Collection<Value>): DeltaOperator<Value, string> {
  return (source$) =>
    new Observable((subscriber) => {
      const left = new Map<string, number>();
      const right = new Map<string, number>();
      const row = (key: string): Change<string> => {
        const a = left.get(key);
        const b = right.get(key);
        return a === undefined || b === undefined
          ? { type: 'REMOVE', key }
          : { type: 'PUT', key, object: `${a}*${b}=${a * b}` };
      };
      const takeInto =
        (side: Map<string, number>) =>
        (batch: DeltaBatch<Value>): void => {
          for (const delta of batch.changes) {
            if (delta.type === 'DELETED') side.delete(delta.key);
            else side.set(delta.key, delta.object.n);
          }
          subscriber.next(batch.derive(batch.changes.map(({ key }) => row(key))));
        };
      const subscription = source$.subscribe(takeInto(left));
      subscription.add(other.deltas$.subscribe(takeInto(right)));
      return subscription;
    });
}

describe('Scheduler', () => {
  it('never emits a mixture of old and new state if two paths lead from one source to one row', () => {
    const numbers = fakeInformer(value('a', 1));
    const tenth = numbers.pipe(map((v) => value(v.metadata.name, 10 / v.n)));
    const products = numbers.pipe(product(tenth));
    const events = track(products, (text) => text);
    numbers.modify(value('a', 5));
    events.expect('ADDED a 1*10=10', 'MODIFIED a 5*2=10');
  });

  it('keeps the other rows if a projection throws, and reports the error of the row', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/bad'), pod('shop/db'));
    const names = pods.pipe(
      map((p) => {
        if (p.metadata?.name === 'bad') throw new Error('no such luck');
        return { metadata: { namespace: 'shop', name: p.metadata?.name ?? '' } };
      }),
    );
    const events = track(names);
    events.expect('ADDED shop/db', 'ADDED shop/web');
    expect([...names.errors.values()].map(({ key, message }) => [key, message])).to.deep.equal([
      ['shop/bad', 'pods | map: no row for shop/bad: no such luck'],
    ]);
    pods.delete('shop/bad');
    expect(names.errors.size).to.equal(0);
    pods.delete('shop/web');
    events.expect('DELETED shop/web');
  });

  it('keeps the order for all subscribers if one of them writes to the source', () => {
    const pods = fakeInformer(pod('shop/web', { labels: { v: '1' } }));
    pods.deltas$.subscribe((batch) => {
      if (batch.changes.some((delta) => delta.type === 'ADDED' && delta.key === 'shop/db')) {
        pods.modify(pod('shop/db', { labels: { v: '2' } }));
      }
    });
    const events = track(pods, (p) => p.metadata?.labels?.['v'] ?? '');
    pods.add(pod('shop/db', { labels: { v: '1' } }));
    events.expect('ADDED shop/web 1', 'ADDED shop/db 1', 'MODIFIED shop/db 2');
  });

  it('loses nothing for a subscriber that subscribes during a change', () => {
    const pods = fakeInformer(pod('shop/web'));
    const running = pods.pipe(filter(() => true));
    const late: string[][] = [];
    running.deltas$.subscribe((batch) => {
      if (batch.cause.type !== 'EVENT' || late.length > 0) return;
      running.deltas$.subscribe(({ changes }) => {
        late.push(changes.map(({ type, key }) => `${type} ${key}`));
      });
      pods.add(pod('shop/third'));
    });
    pods.add(pod('shop/second'));
    expect(late).to.deep.equal([['ADDED shop/web', 'ADDED shop/second'], ['ADDED shop/third']]);
  });

  it('runs a node once in a tick, also if several of its inputs changed', () => {
    const numbers = fakeInformer(value('a', 1), value('b', 2));
    let batches = 0;
    const twice: DeltaOperator<Value, number> = (source$) =>
      merge(source$, numbers.deltas$).pipe(
        rxMap((batch) =>
          batch.derive(batch.changes.map((d) => ({ type: 'PUT', key: d.key, object: d.object.n }) as const)),
        ),
      );
    numbers.pipe(twice).deltas$.subscribe(() => (batches += 1));
    numbers.modify(value('a', 3));
    expect(batches).to.equal(2);
  });

  it('throws the error of a write to the writer, and stays usable', () => {
    const pods = fakeInformer(pod('shop/web'));
    const events = track(pods);
    expect(() => pods.add(pod('shop/web'))).to.throw('shop/web exists already');
    pods.add(pod('shop/db'));
    events.expect('ADDED shop/web', 'ADDED shop/db');
  });
});
