import { expect } from 'chai';
import { heapFlags, memoryFor, MINIMUM_MEMORY, oldSpaceMebibytes } from '../../../src/cli/manifests/memory.ts';
import { SERVE_SETTINGS } from '../../../src/cli/settings/serve-settings.ts';

const MI = 2 ** 20;

describe('memoryFor()', () => {
  it('grows with the rows, in steps of 128Mi', () => {
    const sizes = [0, 1000, 10_000, 20_000, 100_000].map((rows) => memoryFor(rows) / MI);
    expect(sizes).to.deep.equal([512, 512, 768, 1024, 3072]);
  });

  it('leaves space for two states of all rows below the limit of the memory guard', () => {
    for (const rows of [0, 1000, 30_000, 500_000]) {
      const guarded = oldSpaceMebibytes(memoryFor(rows)) * MI * (SERVE_SETTINGS['limits.memoryPercent'].fallback / 100);
      // The measured bytes: 74 MB without rows, and 8.9 kB for each.
      expect(guarded).to.be.above(74e6 + 2 * rows * 8900);
    }
  });

  it('leaves space outside of the heap for Node.js, its young generation, connections and buffers', () => {
    for (const rows of [0, 1000, 10_000, 100_000]) {
      const memory = memoryFor(rows);
      const old = oldSpaceMebibytes(memory) * MI;
      expect(memory - old).to.be.at.least((48 + 256) * MI + old / 4);
    }
  });
});

describe('heapFlags()', () => {
  it('limits the old generation and the semi-spaces', () => {
    expect(heapFlags(2 ** 30)).to.equal('--max-old-space-size=576 --max-semi-space-size=16');
    expect(heapFlags(MINIMUM_MEMORY)).to.equal('--max-old-space-size=166 --max-semi-space-size=16');
  });
});
