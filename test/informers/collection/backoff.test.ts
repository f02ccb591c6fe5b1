import { expect } from 'chai';
import fc from 'fast-check';
import { Backoff } from '../../../src/informers/collection/backoff.ts';
import { fakeClock } from '../../../src/testing/informers/fake-clock.ts';

describe('Backoff', () => {
  it('doubles up to the maximum, and starts again after enough time without a failure', () => {
    const clock = fakeClock();
    const backoff = new Backoff(clock, () => 0, { initial: 100, maximum: 500, factor: 2, resetAfter: 1_000 });
    const waits = (count: number): number[] => Array.from({ length: count }, () => backoff.next());
    expect(waits(5)).to.deep.equal([100, 200, 400, 500, 500]);
    clock.advance(500 + 999);
    expect(waits(1)).to.deep.equal([500]);
    clock.advance(500 + 1_000);
    expect(waits(2)).to.deep.equal([100, 200]);
  });

  it('by default doubles from 0.8 s to 30 s, and starts again after two minutes without a failure', () => {
    const clock = fakeClock();
    const backoff = new Backoff(clock, () => 0);
    const waits = (count: number): number[] => Array.from({ length: count }, () => backoff.next());
    expect(waits(8)).to.deep.equal([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
    clock.advance(30_000 + 119_999);
    expect(waits(1)).to.deep.equal([30_000]);
    clock.advance(30_000 + 120_000);
    expect(waits(2)).to.deep.equal([800, 1600]);
  });

  it('returns between half of the wait and the whole wait', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (random) => {
        const wait = new Backoff(fakeClock(), () => random).next();
        expect(wait).to.be.within(400, 800);
      }),
    );
  });
});
