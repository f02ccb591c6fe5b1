import { expect } from 'chai';
import { EventLoopDelay, type IntervalSource } from '../../../src/server/read/event-loop-delay.ts';
import { fakeClock } from '../../../src/testing/informers/index.ts';

describe('EventLoopDelay', () => {
  let clock: ReturnType<typeof fakeClock>;
  let intervals: number[];
  let calls: string[];
  let delay: EventLoopDelay;

  beforeEach(() => {
    clock = fakeClock();
    intervals = [];
    calls = [];
    const source: IntervalSource = {
      enable: () => calls.push('enable') > 0,
      disable: () => calls.push('disable') > 0,
      reset: () => void intervals.splice(0),
      // In nanoseconds.
      percentile: (share) =>
        1e6 * (intervals.toSorted((a, b) => a - b)[Math.ceil((share / 100) * intervals.length) - 1] ?? 0),
      get max() {
        return 1e6 * Math.max(...intervals);
      },
      get count() {
        return intervals.length;
      },
    };
    delay = new EventLoopDelay(clock, source);
    delay.start();
  });

  const rounded = (): number[] => {
    const { median, p99, maximum, period } = delay.read();
    return [median, p99, maximum].map((seconds) => Math.round(seconds * 1000)).concat(period);
  };

  it('subtracts the interval of the timer', () => {
    intervals.push(20, 20, 21, 120);
    clock.advance(1000);
    expect(rounded()).to.deep.equal([0, 100, 100, 1]);
  });

  it('has no delays before the timer has run, and while it is early', () => {
    expect(rounded()).to.deep.equal([0, 0, 0, 0]);
    intervals.push(19);
    expect(rounded()).to.deep.equal([0, 0, 0, 0]);
  });

  it('forgets a delay after one to two minutes of readings', () => {
    intervals.push(220);
    clock.advance(59_000);
    expect(rounded()).to.deep.equal([200, 200, 200, 59]);
    clock.advance(1000);
    expect(rounded()).to.deep.equal([200, 200, 200, 60]);
    intervals.push(21);
    clock.advance(30_000);
    expect(rounded()).to.deep.equal([1, 200, 200, 90]);
    clock.advance(30_000);
    expect(rounded()).to.deep.equal([1, 200, 200, 120]);
    intervals.push(20);
    clock.advance(1000);
    expect(rounded()).to.deep.equal([0, 1, 1, 61]);
  });

  it('covers the time since the last reading if that is longer', () => {
    intervals.push(220);
    clock.advance(3_600_000);
    expect(rounded()).to.deep.equal([200, 200, 200, 3600]);
  });

  it('measures while it is started', () => {
    expect(calls).to.deep.equal(['enable']);
    delay.stop();
    expect(calls).to.deep.equal(['enable', 'disable']);
  });

  it('reads the event loop of the process', () => {
    const real = new EventLoopDelay(clock);
    real.start();
    expect(real.read()).to.deep.equal({ median: 0, p99: 0, maximum: 0, period: 0 });
    real.stop();
  });
});
