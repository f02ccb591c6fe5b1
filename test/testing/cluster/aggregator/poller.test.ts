import { expect } from 'chai';

import { backoff, poller } from '../../../../src/testing/cluster/aggregator/poller.ts';
import { fakeClock } from '../../../../src/testing/informers/fake-clock.ts';

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('poller', () => {
  it('does nothing until it is told to, then goes on by itself', async () => {
    const clock = fakeClock(0);
    let times = 0;
    const polling = poller(clock, async () => {
      times++;
      return 1000;
    });
    clock.advance(5000);
    expect(times).to.equal(0);
    polling.now();
    await settled();
    clock.advance(999);
    expect(times).to.equal(1);
    clock.advance(1);
    expect(times).to.equal(2);
  });

  it('waits for now() after a task that names no time', async () => {
    const clock = fakeClock(0);
    let times = 0;
    const polling = poller(clock, async () => {
      times++;
      return undefined;
    });
    polling.now();
    await settled();
    clock.advance(1_000_000);
    expect(times).to.equal(1);
    polling.now();
    expect(times).to.equal(2);
  });

  it('runs once more, and only once, for any number of calls while it runs', async () => {
    const started: (() => void)[] = [];
    const polling = poller(fakeClock(0), async () => {
      await new Promise<void>((resolve) => started.push(resolve));
      return undefined;
    });
    polling.now();
    polling.now();
    polling.now();
    expect(started).to.have.length(1);
    started[0]?.();
    await settled();
    expect(started).to.have.length(2);
    started[1]?.();
    await settled();
    expect(started).to.have.length(2);
  });

  it('never runs again once stopped, not even when stopped in the middle', async () => {
    const clock = fakeClock(0);
    let finish = (): void => undefined;
    let times = 0;
    const polling = poller(clock, async () => {
      times++;
      await new Promise<void>((resolve) => (finish = resolve));
      return 10;
    });
    polling.now();
    polling.stop();
    finish();
    await settled();
    clock.advance(100);
    polling.now();
    expect(times).to.equal(1);
  });
});

describe('backoff', () => {
  it('doubles up to the most, and starts over after a success', () => {
    const waits = backoff(5, 30);
    expect([waits.failed(), waits.failed(), waits.failed(), waits.failed()]).to.deep.equal([5, 10, 20, 30]);
    waits.reset();
    expect(waits.failed()).to.equal(5);
  });
});
