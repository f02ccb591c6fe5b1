import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { expireAfter } from '../../../src/projections/operators/expire-after.ts';
import { fakeClock, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { BAD, type Expected, operatorSuite } from './operator.suite.ts';
import { START, timedSuite } from './timed.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const LIFETIME = 100;
/** The time of a number: never for -1, not a point in time for -2, otherwise n times 50 ms after the start. */
const sinceOf = ({ n }: Value): number | string | Date | undefined => {
  if (n === BAD) throw new RangeError('bad');
  if (n < 0) return n === -1 ? undefined : 'yesterday';
  const at = START + n * 50;
  return n === 1 ? new Date(at) : n === 2 ? new Date(at).toISOString() : at;
};
const expected = (source: ReadonlyMap<string, Value>, now: number): Expected => ({
  rows: new Map(
    [...source]
      .filter(([, { n }]) => n === -1 || (n >= 0 && n !== BAD && now < START + n * 50 + LIFETIME))
      .map(([key, { n }]) => [key, n]),
  ),
  errors: [...source].filter(([, { n }]) => n === BAD || n === -2).map(([key]) => key),
});
const show = ({ n }: Value): number => n;

timedSuite({
  name: 'expireAfter',
  build: (source, clock) => source.pipe(expireAfter(LIFETIME, sinceOf, { clock })),
  show,
  expected,
});
for (const now of [START, START + 175]) {
  operatorSuite({
    name: `expireAfter ${now - START} ms later`,
    sources: 1,
    build: (source) => source.pipe(expireAfter(LIFETIME, sinceOf, { clock: fakeClock(now) })),
    show,
    expected: (source) => expected(source, now),
  });
}

describe('expireAfter()', () => {
  const clockAt = (time: string) => fakeClock(Date.parse(time));
  const created = (key: string, creationTimestamp: string): V1Pod => {
    const made = pod(key);
    return { ...made, metadata: { ...made.metadata, creationTimestamp } };
  };

  it("keeps an object whose time is Go's zero time, like one without a time", () => {
    const clock = clockAt('2026-01-01T00:00:00Z');
    const pods = fakeInformer(created('shop/web', '0001-01-01T00:00:00Z'));
    const events = track(pods.pipe(expireAfter(60_000, ({ metadata }) => metadata?.creationTimestamp, { clock })));
    clock.advance(100_000);
    events.expect('ADDED shop/web');
  });

  it('deletes an object when its time has passed, and not earlier', () => {
    const clock = clockAt('2026-01-01T00:00:00Z');
    const pods = fakeInformer(created('shop/web', '2026-01-01T00:00:00Z'));
    const events = track(pods.pipe(expireAfter(60_000, ({ metadata }) => metadata?.creationTimestamp, { clock })));
    clock.advance(59_999);
    events.expect('ADDED shop/web');
    clock.advance(1);
    events.expect('DELETED shop/web');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'WRITE']);
    pods.delete('shop/web');
    events.expect();
  });

  it('does not show an object that arrives too late, and shows an object again when its time is extended', () => {
    const clock = clockAt('2026-01-01T01:00:00Z');
    const pods = fakeInformer(created('shop/web', '2026-01-01T00:00:00Z'));
    const events = track(pods.pipe(expireAfter(60_000, ({ metadata }) => metadata?.creationTimestamp, { clock })));
    events.expect();
    pods.modify(created('shop/web', '2026-01-01T02:00:00+01:00'));
    events.expect('ADDED shop/web');
    clock.advance(30_000);
    pods.modify(created('shop/web', '2026-01-01T01:00:20.000000Z'));
    events.expect('MODIFIED shop/web');
    clock.advance(49_999);
    events.expect();
    clock.advance(1);
    events.expect('DELETED shop/web');
  });

  it('deletes all objects with the same time in one batch, with one timer', () => {
    const clock = fakeClock(0);
    const values = fakeInformer(...Array.from({ length: 50 }, (_, i) => value(`v${i}`, i % 2)));
    const events = track(values.pipe(expireAfter(10, ({ n }) => n * 5, { clock })));
    expect(clock.waiting).to.equal(1);
    clock.advance(20);
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'WRITE', 'WRITE']);
    expect(clock.waiting).to.equal(0);
  });

  it('waits longer than the maximum of a timer', () => {
    const clock = fakeClock(0);
    const year = 365 * 24 * 3_600_000;
    const waits: number[] = [];
    const counting = {
      now: () => clock.now(),
      schedule: (milliseconds: number, task: () => void) => {
        waits.push(milliseconds);
        return clock.schedule(milliseconds, task);
      },
    };
    const events = track(fakeInformer(value('a', 1)).pipe(expireAfter(year, () => 0, { clock: counting })));
    clock.advance(year - 1);
    events.expect('ADDED a');
    clock.advance(1);
    events.expect('DELETED a');
    expect(Math.max(...waits)).to.be.below(2 ** 31);
  });

  it('keeps objects without a time, and needs no timer for them', () => {
    const clock = fakeClock(0);
    const values = fakeInformer(value('a', 1), value('b', 2));
    track(values.pipe(expireAfter(10, ({ n }) => (n === 1 ? undefined : null), { clock }))).expect(
      'ADDED a',
      'ADDED b',
    );
    expect(clock.waiting).to.equal(0);
  });

  it('leaves out an object with an invalid time, and reports it until the object is deleted', () => {
    const pods = fakeInformer(created('shop/web', 'soon'), created('shop/db', '2026-01-01T00:00:00Z'));
    const clock = clockAt('2026-01-01T00:00:00Z');
    const recent = pods.pipe(expireAfter(1000, ({ metadata }) => metadata?.creationTimestamp, { clock }));
    track(recent).expect('ADDED shop/db');
    expect([...recent.errors.values()].map(({ message }) => message)).to.deep.equal([
      "pods | expireAfter: no row for shop/web: 'soon' is not a point in time; it must be a date-time of RFC 3339 with an offset, milliseconds, or a Date",
    ]);
    pods.delete('shop/web');
    expect(recent.errors.size).to.equal(0);
  });

  it('uses the clock of the machine by default', () => {
    const values = fakeInformer(value('a', 0), value('b', Date.now()));
    const events = track(values.pipe(expireAfter(3_600_000, ({ n }) => n)));
    events.expect('ADDED b');
    events.stop();
  });

  it('keeps the identity of its objects', () => {
    const values = fakeInformer(value('a', 1));
    const rows = values.pipe(expireAfter(10, () => undefined));
    track(rows);
    expect(nodeOf(rows).stampOf('a')).to.deep.equal(values.stampOf('a'));
    expect(nodeOf(rows).lineage).to.equal(undefined);
  });

  for (const milliseconds of [0, -1, 1.5, Number.NaN, Infinity]) {
    it(`throws for a time of ${milliseconds} ms`, () => {
      expect(() => expireAfter(milliseconds, () => undefined)).to.throw(RangeError, 'expireAfter needs a whole number');
    });
  }

  it('infers its type from the step before', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web'));
    const recent: Collection<V1Pod> = pods.pipe(expireAfter(1, (p) => p.status?.startTime));
    // @ts-expect-error: a boolean is not a point in time
    pods.pipe(expireAfter(1, (p) => p.metadata === undefined));
    // @ts-expect-error: pods have no such field
    pods.pipe(expireAfter(1, (p) => p.when));
    expect(recent.name).to.equal('pods | expireAfter');
  });
});
