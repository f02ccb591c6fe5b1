import { expect } from 'chai';
import { heapMegabytes, memoryFor } from '../../../src/cli/manifests/memory.ts';
import { SERVE_SETTINGS } from '../../../src/cli/settings/serve-settings.ts';

const MI = 2 ** 20;

describe('memoryFor()', () => {
  it('grows with the rows, in steps of 128Mi', () => {
    const sizes = [0, 1000, 10_000, 20_000, 100_000].map((rows) => memoryFor(rows) / MI);
    expect(sizes).to.deep.equal([128, 256, 512, 768, 2944]);
  });

  it('leaves space for two states of all rows below the limit of the memory guard', () => {
    for (const rows of [1000, 30_000, 500_000]) {
      const guarded = heapMegabytes(memoryFor(rows)) * MI * (SERVE_SETTINGS['limits.memoryPercent'].fallback / 100);
      // The measured bytes: 74 MB without rows, and 8.9 kB for each.
      expect(guarded).to.be.above(74e6 + 2 * rows * 8900);
    }
  });
});

describe('heapMegabytes()', () => {
  it('is three quarters of the limit, rounded down', () => {
    expect([2 ** 30, 100 * MI - 1].map(heapMegabytes)).to.deep.equal([768, 74]);
  });
});
