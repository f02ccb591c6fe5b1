import { expect } from 'chai';
import { systemTimers } from '../../src/server/timers.ts';

describe('systemTimers', () => {
  it('does not call back at once when asked for more than Node can count', async () => {
    let called = false;
    const cancels = [2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY].map((milliseconds) =>
      systemTimers.after(milliseconds, () => (called = true)),
    );
    // Node would take them for one millisecond, and call them before this one.
    await new Promise<void>((resolve) => systemTimers.after(2, resolve));
    expect(called).to.equal(false);
    for (const cancel of cancels) cancel();
  });

  it('calls back, unless it is told not to', async () => {
    const called: string[] = [];
    systemTimers.after(0, () => called.push('a'));
    systemTimers.after(0, () => called.push('b'))();
    await new Promise<void>((resolve) => systemTimers.after(1, resolve));
    expect(called).to.deep.equal(['a']);
  });
});
