/** The short form of `npm run test:replicas`: two replicas that are killed, and replaced, under watchers and writes. */
import { expect } from 'chai';
import { ReplicatedRows } from './replicated-rows.ts';

const WATCHERS = 24;
const WRITES_PER_SECOND = 50;

describe('two replicas behind a TCP balancer', function () {
  // Some seconds of CPU for each test, because processes start one after the other.
  this.timeout(240_000);
  let rows: ReplicatedRows;

  beforeEach(async () => {
    rows = await ReplicatedRows.open({ watchers: WATCHERS, through: 'balancer', args: ['--shutdown-delay', '2s'] });
    await rows.write(WRITES_PER_SECOND);
  });
  afterEach(() => rows.close());

  it('lose no event when they are killed in turn, and watchers of upstream views resume without a list', async () => {
    await rows.kill();
    await rows.caughtUp();
    await rows.kill();
    const { writes } = await rows.converged();
    expect(rows.violations).to.deep.equal([]);
    expect(rows.upstream.cut, 'cut watches').to.be.above(0);
    expect(rows.upstream.relists, rows.upstream.summary()).to.equal(0);
    expect(rows.local.relists, rows.local.summary()).to.be.above(0);
    expect(rows.upstream.events).to.be.above(writes);
  });

  it('cut nothing when an upgrade of the projection replaces them, and watchers list the new rows once', async () => {
    expect(await rows.roll('2')).to.deep.equal([0, 0]);
    await rows.converged();
    expect(rows.violations).to.deep.equal([]);
    for (const statistics of [rows.upstream, rows.local]) {
      expect(statistics.cut, statistics.summary()).to.equal(0);
      expect(statistics.lostRequests, statistics.summary()).to.equal(0);
      expect(statistics.relists, statistics.summary()).to.be.at.least(WATCHERS / 2);
    }
    for (const { responses } of rows.readers) expect(responses.get('lost')).to.equal(undefined);
  });
});
