import { expect } from 'chai';
import { fuzzServer } from './fuzz/fuzz-server.ts';

/** `FUZZ_SEED=… npm test` repeats a failure. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe('a server that receives random requests', () => {
  // The seed is in the title, so that every failure shows it, also an error or a timeout.
  it(`responds to all of them without undocumented 5xx, and leaks no resources (seed ${SEED})`, async () => {
    const { statuses, failures, before, after } = await fuzzServer({ seed: SEED, requests: 1000 });
    expect(failures).to.deep.equal([]);
    expect(Object.keys(statuses)).to.include.members(['200', '400', '401', '404', '405', '406', '422']);
    expect(after).to.include({ clock: 0, watches: 0, cursors: 0 });
    // 10,000 requests and the bounds of the heap: `test/soak/fuzz.ts`.
    expect(after.heapMiB - before.heapMiB).to.be.below(20);
  });
});
