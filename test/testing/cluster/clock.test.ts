import { expect } from 'chai';

import { manualClock, systemClock } from '../../../src/testing/cluster/clock.ts';

describe('manualClock()', () => {
  it('runs what falls due in order of time, at its time', () => {
    const clock = manualClock(1000);
    const ran: string[] = [];
    clock.schedule(30, () => ran.push(`late at ${clock.now()}`));
    clock.schedule(10, () => {
      ran.push(`early at ${clock.now()}`);
      clock.schedule(5, () => ran.push(`follow-up at ${clock.now()}`));
    });
    clock.advance(29);
    expect(ran).to.deep.equal(['early at 1010', 'follow-up at 1015']);
    clock.advance(1);
    expect([ran.at(-1), clock.now()]).to.deep.equal(['late at 1030', 1030]);
  });

  it('does not run what was cancelled', () => {
    const clock = manualClock(0);
    const cancel = clock.schedule(1, () => expect.fail('ran'));
    cancel();
    cancel();
    clock.advance(10);
  });
});

describe('systemClock', () => {
  it('runs a task once, unless it was cancelled', async () => {
    const cancel = systemClock.schedule(0, () => expect.fail('ran'));
    cancel();
    await new Promise<void>((resolve) => systemClock.schedule(0, resolve));
  });
});
