import { expect } from 'chai';
import { fuzzServer } from './fuzz/fuzz-server.ts';

describe('a server that receives random requests', () => {
  it('responds to all of them without undocumented 5xx, and leaks no resources', async function randomRequests() {
    this.timeout(60_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { statuses, failures, before, after } = await fuzzServer({ seed, requests: 1000 });
    expect(failures, `seed ${seed}`).to.deep.equal([]);
    expect(Object.keys(statuses), `seed ${seed}`).to.include.members(['200', '400', '401', '404', '405', '406', '422']);
    expect(after, `seed ${seed}`).to.include({ clock: 0, watches: 0, cursors: 0 });
    // 10,000 requests and the bounds of the heap: `test/soak/fuzz.ts`.
    expect(after.heapMiB - before.heapMiB, `seed ${seed}`).to.be.below(20);
  });
});
