/** The short form of `npm run test:replicas`: two replicas that are killed and replaced under watchers and writes. */
import { expect } from 'chai';
import { ReplicatedRows } from './replicated-rows.ts';

const WATCHERS = 24;
const WRITES_PER_SECOND = 50;

describe('two replicas behind a TCP balancer', function () {
  // About ten seconds of CPU, because four processes start one after the other.
  this.timeout(240_000);

  it('lose no event when they are killed in turn, and watchers of upstream views resume without a list', async () => {
    const rows = await ReplicatedRows.open({ watchers: WATCHERS, through: 'balancer' });
    try {
      await rows.write(WRITES_PER_SECOND);
      await rows.kill();
      await rows.caughtUp();
      await rows.kill();
      const { writes } = await rows.converged();
      expect(rows.violations).to.deep.equal([]);
      expect(rows.upstream.cut, 'cut watches').to.be.above(0);
      expect(rows.upstream.relists, rows.upstream.summary()).to.equal(0);
      expect(rows.local.relists, rows.local.summary()).to.be.above(0);
      expect(rows.upstream.events).to.be.above(writes);
    } finally {
      await rows.close();
    }
  });
});
