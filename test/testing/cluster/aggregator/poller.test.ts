import { expect } from 'chai';

import { backoff, poller } from '../../../../src/testing/cluster/aggregator/poller.ts';
import { fakeClock } from '../../../../src/testing/informers/fake-clock.ts';

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('poller()', () => {
  it('runs after the first now(), then repeats', async () => {
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

  it('waits for now() if the task returns undefined', async () => {
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

  it('runs exactly once more after any number of calls during a run', async () => {
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

  it('does not run after stop(), even if stopped during a run', async () => {
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

describe('backoff()', () => {
  it('doubles up to the maximum, and restarts at the minimum after reset()', () => {
    const waits = backoff(5, 30);
    expect([waits.failed(), waits.failed(), waits.failed(), waits.failed()]).to.deep.equal([5, 10, 20, 30]);
    waits.reset();
    expect(waits.failed()).to.equal(5);
  });
});
