import { expect } from 'chai';
import { delay, systemClock } from '../../../src/informers/collection/clock.ts';
import { fakeClock, settled } from '../../../src/testing/informers/fake-clock.ts';

describe('delay()', () => {
  it('resolves after its time, and leaves nothing behind', async () => {
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

  it('resolves at once when its signal is aborted, before or while it waits', async () => {
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
    systemClock.schedule(5, () => expect.fail('cancelled'))();
  });
});

describe('fakeClock()', () => {
  it('runs what falls due in order of time, also what is scheduled on the way', () => {
    const clock = fakeClock(0);
    const ran: string[] = [];
    clock.schedule(20, () => ran.push(`b ${clock.now()}`));
    clock.schedule(10, () => {
      ran.push(`a ${clock.now()}`);
      clock.schedule(5, () => ran.push(`c ${clock.now()}`));
    });
    const cancel = clock.schedule(12, () => ran.push('cancelled'));
    cancel();
    clock.schedule(21, () => ran.push('later'));
    clock.advance(20);
    expect(ran).to.deep.equal(['a 10', 'c 15', 'b 20']);
    expect(clock.now()).to.equal(20);
    expect(clock.waiting).to.equal(1);
  });

  it('lets promises settle between tasks with run()', async () => {
    const clock = fakeClock(0);
    const ran: string[] = [];
    clock.schedule(
      10,
      () => void Promise.resolve().then(() => clock.schedule(10, () => ran.push(`second ${clock.now()}`))),
    );
    await clock.run(20);
    expect(ran).to.deep.equal(['second 20']);
    await settled();
  });
});
