import { expect } from 'chai';
import { inspect } from 'node:util';
import { DeadlineTimer, type Instant, millisecondsOf, optionalMilliseconds } from '../../src/projections/timing.ts';
import { fakeClock } from '../../src/testing/informers/index.ts';

const setUp = () => {
  const clock = fakeClock(0);
  const ran: number[] = [];
  /** The difference between the clock of the machine and that of the timers. */
  const machine = { ahead: 0 };
  const waits: number[] = [];
  const timer = new DeadlineTimer(
    {
      now: () => clock.now() + machine.ahead,
      schedule: (milliseconds, task) => {
        waits.push(milliseconds);
        return clock.schedule(milliseconds, task);
      },
    },
    () => ran.push(clock.now() + machine.ahead),
  );
  return { clock, machine, timer, ran, waits };
};

describe('DeadlineTimer', () => {
  it('runs its task once, when the deadline has come', () => {
    const { clock, timer, ran } = setUp();
    timer.set(50);
    clock.advance(49);
    expect(ran).to.deep.equal([]);
    clock.advance(1000);
    expect(ran).to.deep.equal([50]);
    expect(clock.waiting).to.equal(0);
  });

  it('has one deadline, the last that was set', () => {
    const { clock, timer, ran, waits } = setUp();
    timer.set(50);
    timer.set(20);
    timer.set(20);
    expect([clock.waiting, waits]).to.deep.equal([1, [50, 20]]);
    clock.advance(100);
    timer.set(150);
    timer.set(undefined);
    expect(clock.waiting).to.equal(0);
    clock.advance(100);
    expect(ran).to.deep.equal([20]);
  });

  it('runs its task soon for a deadline in the past', () => {
    const { clock, timer, ran } = setUp();
    clock.advance(100);
    timer.set(30);
    clock.advance(0);
    expect(ran).to.deep.equal([100]);
  });

  it('waits again when the timer fired early or the clock was set back', () => {
    const { clock, machine, timer, ran } = setUp();
    timer.set(100);
    machine.ahead = -1;
    clock.advance(100);
    expect(ran).to.deep.equal([]);
    clock.advance(1);
    expect(ran).to.deep.equal([100]);
  });

  it('notices within an hour that the clock was set forward', () => {
    const { clock, machine, timer, ran } = setUp();
    const day = 24 * 3_600_000;
    timer.set(10 * day);
    machine.ahead = 11 * day;
    clock.advance(3_600_000);
    expect(ran).to.have.length(1);
  });

  it('waits for deadlines beyond the maximum of a timer', () => {
    const { clock, timer, ran, waits } = setUp();
    timer.set(2 ** 33);
    clock.advance(2 ** 33);
    expect(ran).to.deep.equal([2 ** 33]);
    expect(Math.max(...waits)).to.be.below(2 ** 31);
  });
});

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('millisecondsOf()', () => {
  for (const [instant, milliseconds] of [
    ['2026-01-02T03:04:05Z', AT],
    ['2026-01-02T03:04:05.678901Z', AT + 678],
    ['2026-01-02T05:34:05+02:30', AT],
    ['2026-01-02t03:04:05z', AT],
    [AT, AT],
    [0, 0],
    [-1, -1],
    [new Date(AT), AT],
  ] as const) {
    it(`accepts ${String(instant)}`, () => {
      expect(millisecondsOf(instant)).to.equal(milliseconds);
    });
  }

  for (const instant of [
    '',
    'now',
    '2026',
    '2026-01-02',
    // Without an offset, it is a different time on each machine.
    '2026-01-02T03:04:05',
    '2026-13-02T03:04:05Z',
    '2026-01-02T25:04:05Z',
    Number.NaN,
    -Infinity,
    new Date(Number.NaN),
    true,
    {},
  ]) {
    it(`throws for ${inspect(instant)}`, () => {
      expect(() => millisecondsOf(instant as Instant)).to.throw(TypeError, /is not a point in time; it must be/);
    });
  }
});

describe('optionalMilliseconds()', () => {
  for (const [instant, expected] of [
    [undefined, undefined],
    [null, undefined],
    ['0001-01-01T00:00:00Z', undefined],
    ['0001-01-01T01:00:00+01:00', undefined],
    [new Date('0001-01-01T00:00:00Z'), undefined],
    ['0001-01-01T00:00:01Z', -62_135_596_799_000],
    ['1970-01-01T00:00:00Z', 0],
    [0, 0],
  ] as const) {
    it(`returns ${expected} for ${inspect(instant)}`, () => expect(optionalMilliseconds(instant)).to.equal(expected));
  }
});
