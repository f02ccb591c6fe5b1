/** A `kubefacet serve` with the heap of the manifests survives a storm of lists. `npm run test:memory` is the long form. */
import { expect } from 'chai';
import { memoryFor } from '../../../src/cli/manifests/memory.ts';
import { StormedServer } from './stormed-server.ts';

const PODS = 2000;

describe('a storm of lists', function () {
  this.timeout(240_000);

  it('gets 200, 429 or 503, and ends neither the process nor its readiness', async () => {
    await using server = await StormedServer.ready({ pods: PODS, memory: memoryFor(0), users: 8, inFlight: 60 });
    const { storm } = server;
    await storm.round(2);
    expect(server.isRunning, server.output).to.equal(true);
    expect(storm.unexpected()).to.deep.equal([]);
    expect(storm.outcomes.get(200)).to.be.above(0);
    expect(storm.outcomes.get(429)).to.be.above(0);
    expect(server.peakMemory() ?? 0).to.be.below(memoryFor(0));
    while ((await storm.list()) !== 200);
  });
});
