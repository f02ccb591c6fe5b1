import { expect } from 'chai';
import { UpstreamApiError } from '../../src/informers/errors.ts';
import { afterList, type Recovery, type State } from '../../src/informers/reflector-state.ts';
import { RetryWaits } from '../../src/informers/retry-waits.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';

describe('RetryWaits', () => {
  const next = afterList();
  const unavailable = new UpstreamApiError({ code: 503 });
  let clock: FakeClock;
  let waits: RetryWaits;

  beforeEach(() => {
    clock = new FakeClock();
    waits = new RetryWaits(clock, () => 0);
  });

  /** Returns the wait in milliseconds; 0 if the next state follows at once. */
  const waitOf = (state: State<unknown>): number => (state.at === 'waiting' ? state.milliseconds : 0);
  const waitAfter = (wait: Recovery['wait'], { noFrames = false, isBehind = false } = {}): number =>
    waitOf(waits.after({ next, wait }, unavailable, { noFrames, isBehind }));

  it('does not wait if the remedy needs no wait', () => {
    expect(waits.after({ next, wait: 'none' }, unavailable, { noFrames: false, isBehind: false })).to.equal(next);
  });

  it('counts the time since the start of the round as a part of the wait', () => {
    const full = waitOf(waits.before(next));
    waits = new RetryWaits(clock, () => 0);
    clock.advance(full - 500);
    expect(waitOf(waits.before(next))).to.equal(500);
    waits = new RetryWaits(clock, () => 0);
    clock.advance(60_000);
    expect(waitOf(waits.before(next))).to.equal(400);
    waits = new RetryWaits(clock, () => 0);
    clock.advance(60_000);
    waits.roundStarted();
    expect(waitOf(waits.before(next))).to.equal(full);
  });

  it('waits as long as the server requests, up to five minutes', () => {
    const busy = (retryAfterSeconds: number): UpstreamApiError =>
      new UpstreamApiError({ code: 429, details: { retryAfterSeconds } });
    expect(waitOf(waits.before(next, busy(30)))).to.equal(30_000);
    expect(waitOf(waits.before(next, busy(10_000)))).to.equal(300_000);
  });

  it('waits after a failed watch only if a complete state was read in the last 30 s', () => {
    expect(waitAfter('backoffIfRecent')).to.equal(0);
    waits.stateRead();
    clock.advance(29_999);
    expect(waitAfter('backoffIfRecent')).to.be.above(0);
    expect(waitAfter('backoffIfRecent', { isBehind: true })).to.equal(0);
    clock.advance(1);
    expect(waitAfter('backoffIfRecent')).to.equal(0);
  });

  for (const [name, noFrames, interval] of [
    ['with frames between them', false, 1000],
    ['without frames between them', true, 10_000],
  ] as const) {
    it(`reads at once after a 410, and waits if 410s repeat ${name} within ${interval} ms`, () => {
      expect(waitAfter('expiry', { noFrames })).to.equal(0);
      clock.advance(interval);
      expect(waitAfter('expiry', { noFrames })).to.equal(0);
      clock.advance(interval - 1);
      expect(waitAfter('expiry', { noFrames })).to.be.above(0);
    });
  }
});
