import { expect } from 'chai';
import { siege } from './fuzz/siege.ts';

describe('a server under fire', () => {
  it('answers anything with neither undocumented 5xx nor silence, and keeps nothing of it', async function fire() {
    this.timeout(60_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { statuses, failures, before, after } = await siege({ seed, requests: 1000 });
    expect(failures, `seed ${seed}`).to.deep.equal([]);
    expect(Object.keys(statuses), `seed ${seed}`).to.include.members(['200', '400', '401', '404', '405', '406', '422']);
    expect(after, `seed ${seed}`).to.include({ clock: 0, watches: 0, cursors: 0 });
    // 10,000 requests and the bounds of the heap: `test/soak/fuzz.ts`.
    expect(after.heapMiB - before.heapMiB, `seed ${seed}`).to.be.below(20);
  });
});
