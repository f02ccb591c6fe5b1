import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { identity, type Identity } from '../../../src/projections/identity.ts';
import { at, type Instants } from '../../../src/projections/operators/at.ts';
import { fakeClock, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { BAD, type Expected, operatorSuite } from './operator.suite.ts';
import { START, timedSuite } from './timed.suite.ts';

interface Timed {
  readonly metadata: { readonly name: string };
  readonly passed: number;
}

/** The points in time of a number: none for 0; two for 3, not in order; one for other numbers, which has passed if the number is negative. */
const instantsOf = (n: number): readonly number[] =>
  n === 0 ? [] : n === 3 ? [START + 90, START + 30] : [START + n * 50];
const passedAt = (n: number, time: number): number => instantsOf(n).filter((instant) => instant <= time).length;

const instants = ({ n }: Value): Instants => {
  if (n === BAD) throw new RangeError('bad');
  if (n === 1) return new Date(START + 50);
  return n === 0 ? undefined : instantsOf(n);
};
const project = (object: Value, now: number): Timed => {
  const { metadata, n } = object;
  const passed = instantsOf(n).filter((instant) => instant <= now).length;
  if (n === 3 && passed === 1) throw new RangeError('between');
  return { metadata: { name: n === -2 ? 'other' : metadata.name }, passed };
};
const isBad = (n: number, time: number): boolean => n === BAD || n === -2 || (n === 3 && passedAt(n, time) === 1);
const expected = (source: ReadonlyMap<string, Value>, time: number): Expected => ({
  rows: new Map([...source].filter(([, { n }]) => !isBad(n, time)).map(([key, { n }]) => [key, passedAt(n, time)])),
  errors: [...source].filter(([, { n }]) => isBad(n, time)).map(([key]) => key),
});
const show = ({ passed }: Timed): number => passed;

timedSuite({
  name: 'at',
  build: (source, clock) => source.pipe(at(instants, project, { clock })),
  show,
  expected,
});
operatorSuite({
  name: 'at, at one time',
  sources: 1,
  build: (source) => source.pipe(at(instants, project, { clock: fakeClock(START) })),
  show,
  expected: (source) => expected(source, START),
});

const isLate = (): boolean => true;

describe('at()', () => {
  it('recomputes each row at the points in time of its object, and no other row', () => {
    const clock = fakeClock(0);
    const values = fakeInformer(value('a', 10), value('b', 30));
    const calls: string[] = [];
    const rows = values.pipe(
      at(
        ({ n }) => [n, n + 100],
        ({ metadata, n }, now) => {
          calls.push(`${metadata.name} ${now}`);
          return { metadata, state: now >= n + 100 ? 'over' : now >= n ? 'due' : 'early' };
        },
        { clock },
      ),
    );
    const events = track(rows, ({ state }) => state);
    events.expect('ADDED a early', 'ADDED b early');
    calls.length = 0;
    clock.advance(10);
    events.expect('MODIFIED a due');
    expect(calls).to.deep.equal(['a 10']);
    clock.advance(1000);
    events.expect('MODIFIED b due', 'MODIFIED a over', 'MODIFIED b over');
    expect(clock.waiting).to.equal(0);
  });

  it('passes the last point in time that has come, whenever the row is computed', () => {
    const clock = fakeClock(0);
    const values = fakeInformer(value('a', 1));
    const rows = values.pipe(
      at(
        () => [20, 10, 10, null, undefined, '0001-01-01T00:00:00Z'],
        ({ metadata, n }, now) => ({ metadata, n, now }),
        { clock },
      ),
    );
    const events = track(rows, ({ n, now }) => `${n} ${now}`);
    clock.advance(15);
    values.modify(value('a', 2));
    clock.advance(4);
    values.modify(value('a', 3));
    clock.advance(1);
    events.expect('ADDED a 1 -Infinity', 'MODIFIED a 1 10', 'MODIFIED a 2 10', 'MODIFIED a 3 10', 'MODIFIED a 3 20');
  });

  it('replaces the points in time when the object changes', () => {
    const clock = fakeClock(0);
    const values = fakeInformer(value('a', 100));
    const rows = values.pipe(
      at(
        ({ n }) => n,
        ({ metadata: { name }, n }, now) => ({ metadata: { name }, due: now >= n }),
        { clock },
      ),
    );
    const events = track(rows, ({ due }) => due);
    values.modify(value('a', 50));
    clock.advance(50);
    values.modify(value('a', 80));
    clock.advance(20);
    values.delete('a');
    events.expect('ADDED a false', 'MODIFIED a true', 'MODIFIED a false', 'DELETED a false');
    expect(clock.waiting).to.equal(0);
  });

  it('accepts date-times, and reports other values under the key of the object', () => {
    const clock = fakeClock(Date.parse('2026-01-01T00:00:00Z'));
    const until = (text: string) => pod('shop/web', { annotations: { until: text } });
    const pods = fakeInformer(until('2026-01-01T00:00:01Z'));
    const rows = pods.pipe(
      at(
        (p) => p.metadata?.annotations?.['until'],
        (p, now) => ({ metadata: identity(p), over: now > 0 }),
        { clock },
      ),
    );
    const events = track(rows, ({ over }) => over);
    clock.advance(1000);
    pods.modify(until('soon'));
    events.expect('ADDED shop/web false', 'MODIFIED shop/web true', 'DELETED shop/web true');
    expect(rows.errors.get('shop/web')?.message).to.equal(
      "pods | at: no row for shop/web: 'soon' is not a point in time; it must be a date-time of RFC 3339 with an offset, milliseconds, or a Date",
    );
  });

  it('infers the types of both functions', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows: Collection<{ readonly metadata: Identity; readonly late: boolean }> = pods.pipe(
      at(
        (p) => p.metadata?.creationTimestamp,
        (p, now) => ({ metadata: identity(p), late: now > 5 }),
      ),
    );
    // @ts-expect-error: a boolean is not a point in time
    const wrong = (): unknown => pods.pipe(at(isLate, (p) => ({ metadata: identity(p) })));
    expect([rows.name, wrong]).to.have.length(2);
  });
});
