import { expect } from 'chai';
import { Alarm, wholeMilliseconds } from '../../src/projections/alarm.ts';
import { fakeClock } from '../../src/testing/informers/index.ts';

const setUp = () => {
  const clock = fakeClock(0);
  const rang: number[] = [];
  /** How far the clock of the machine is from that of the timers. */
  const machine = { ahead: 0 };
  const waits: number[] = [];
  const alarm = new Alarm(
    {
      now: () => clock.now() + machine.ahead,
      schedule: (milliseconds, task) => {
        waits.push(milliseconds);
        return clock.schedule(milliseconds, task);
      },
    },
    () => rang.push(clock.now() + machine.ahead),
  );
  return { clock, machine, alarm, rang, waits };
};

describe('Alarm', () => {
  it('rings once, when its time has come', () => {
    const { clock, alarm, rang } = setUp();
    alarm.set(50);
    clock.advance(49);
    expect(rang).to.deep.equal([]);
    clock.advance(1000);
    expect(rang).to.deep.equal([50]);
    expect(clock.waiting).to.equal(0);
  });

  it('has one time, the last that was set', () => {
    const { clock, alarm, rang, waits } = setUp();
    alarm.set(50);
    alarm.set(20);
    alarm.set(20);
    expect([clock.waiting, waits]).to.deep.equal([1, [50, 20]]);
    clock.advance(100);
    alarm.set(150);
    alarm.set(undefined);
    expect(clock.waiting).to.equal(0);
    clock.advance(100);
    expect(rang).to.deep.equal([20]);
  });

  it('rings soon for a time that is over', () => {
    const { clock, alarm, rang } = setUp();
    clock.advance(100);
    alarm.set(30);
    clock.advance(0);
    expect(rang).to.deep.equal([100]);
  });

  it('waits again when its timer was early, or the clock was set back', () => {
    const { clock, machine, alarm, rang } = setUp();
    alarm.set(100);
    machine.ahead = -1;
    clock.advance(100);
    expect(rang).to.deep.equal([]);
    clock.advance(1);
    expect(rang).to.deep.equal([100]);
  });

  it('notices within an hour that the clock was set forward', () => {
    const { clock, machine, alarm, rang } = setUp();
    const day = 24 * 3_600_000;
    alarm.set(10 * day);
    machine.ahead = 11 * day;
    clock.advance(3_600_000);
    expect(rang).to.have.length(1);
  });

  it('waits for times that are further away than timers reach', () => {
    const { clock, alarm, rang, waits } = setUp();
    alarm.set(2 ** 33);
    clock.advance(2 ** 33);
    expect(rang).to.deep.equal([2 ** 33]);
    expect(Math.max(...waits)).to.be.below(2 ** 31);
  });
});

describe('wholeMilliseconds()', () => {
  it('takes whole numbers above zero, up to the most', () => {
    expect(wholeMilliseconds('recomputeEvery', 5)).to.equal(5);
    expect(() => wholeMilliseconds('recomputeEvery', 11, 10)).to.throw(
      RangeError,
      'recomputeEvery takes a whole number of milliseconds from 1 to 10, not 11',
    );
  });
});
