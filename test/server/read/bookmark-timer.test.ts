import { expect } from 'chai';
import { BookmarkTimer } from '../../../src/server/read/bookmark-timer.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';

describe('BookmarkTimer', () => {
  let clock: FakeClock;
  let calls: number[];
  const start = 0;
  const call = (): void => void calls.push((clock.now() - start) / 1000);

  beforeEach(() => {
    clock = new FakeClock(start);
    calls = [];
  });

  it('calls a function once a minute until it is cancelled', () => {
    const cancel = new BookmarkTimer(clock, () => 0.5).add(call);
    clock.advance(180_000);
    cancel();
    cancel();
    clock.advance(180_000);
    expect(calls).to.deep.equal([60, 120, 180]);
  });

  it('has one timer for all functions, and none without functions', () => {
    const timer = new BookmarkTimer(clock, Math.random);
    const cancels = Array.from({ length: 1000 }, () => timer.add(call));
    expect(clock.waiting).to.equal(1);
    clock.advance(62_000);
    expect(calls).to.have.length(1000);
    expect(clock.waiting).to.equal(1);
    for (const cancel of cancels) cancel();
    expect(clock.waiting).to.equal(0);
  });

  it('spreads the calls of functions that were added together', () => {
    const randoms = [0, 0.5, 0.999];
    const timer = new BookmarkTimer(clock, () => randoms.shift() ?? 0.5);
    for (let count = 0; count < 3; count += 1) timer.add(call);
    clock.advance(62_000);
    expect(calls).to.deep.equal([59, 60, 61]);
  });

  it('does not call a function that an earlier call has cancelled', () => {
    const timer = new BookmarkTimer(clock, () => 0.5);
    const cancels: (() => void)[] = [];
    for (let count = 0; count < 2; count += 1) {
      cancels.push(
        timer.add(() => {
          call();
          for (const cancel of cancels) cancel();
        }),
      );
    }
    clock.advance(120_000);
    expect(calls).to.deep.equal([60]);
    expect(clock.waiting).to.equal(0);
  });
});
