import { expect } from 'chai';
import { delay, systemClock } from '../src/clock.ts';
import { fakeClock } from '../src/testing/informers/fake-clock.ts';

describe('delay()', () => {
  it('resolves after its time and leaves no task behind', async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    let done = false;
    const waiting = delay(clock, 100, signal).then(() => (done = true));
    await clock.run(99);
    expect(done).to.equal(false);
    await clock.run(1);
    expect(done).to.equal(true);
    expect(clock.waiting).to.equal(0);
    await waiting;
  });

  it('resolves at once when its signal is aborted before or during the wait', async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const waiting = delay(clock, 100, controller.signal);
    controller.abort();
    await waiting;
    await delay(clock, 100, controller.signal);
    expect(clock.waiting).to.equal(0);
  });

  it('works on the clock of the machine', async () => {
    const before = systemClock.now();
    const release = systemClock.hold?.();
    await delay(systemClock, 5, new AbortController().signal);
    release?.();
    expect(systemClock.now() - before).to.be.at.least(4);
  });
});

describe('systemClock', () => {
  it('waits, and does not run the task at once, for a time above the maximum of Node timers', async () => {
    let called = false;
    const cancels = [2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY].map((milliseconds) =>
      systemClock.schedule(milliseconds, () => (called = true)),
    );
    // Node would take them for one millisecond, and run them before this one.
    await new Promise<void>((resolve) => systemClock.schedule(2, resolve));
    expect(called).to.equal(false);
    for (const cancel of cancels) cancel();
  });

  it('runs a task once, unless it was cancelled', async () => {
    const ran: string[] = [];
    systemClock.schedule(0, () => ran.push('a'));
    systemClock.schedule(0, () => ran.push('b'))();
    await new Promise<void>((resolve) => systemClock.schedule(1, resolve));
    expect(ran).to.deep.equal(['a']);
  });
});
