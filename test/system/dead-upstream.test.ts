/** A cluster that dies without closing its connections: pings find it, whatever the clock of the informers says. */
import { expect } from 'chai';
import { type TestServer, until } from '../support/test-server.ts';
import { bothWays, failures, phases, PHASES, podPhases, UpstreamRig } from './upstream-rig.ts';

describe('a cluster that dies without closing its connections', () => {
  let rig: UpstreamRig;
  let test: TestServer;
  afterEach(() => rig.close());

  it('is found by pings, also before the first bookmark, and its sources resume on a new connection', async () => {
    rig = await UpstreamRig.open();
    rig.pod('web', 'Pending');
    const informers = await rig.informers({ transport: { pings: { interval: 60, timeout: 30 } } });
    test = await rig.serve(podPhases(informers.pods));
    await until(() => test.server.counts().ready);
    const started = rig.clock.now();
    const { changes } = test.server.counts();
    rig.proxy.freeze();
    rig.pod('web', 'Running');
    await until(() => failures(informers.pods.metrics) > 0);
    expect(informers.pods.metrics.bookmarks).to.equal(0);
    expect(rig.clock.now(), 'no timer of the reflector was needed').to.equal(started);
    expect(Object.keys(informers.pods.metrics.errors)).to.deep.equal(['ConnectionError']);
    expect(test.server.counts()).to.include({ ready: true, failingSources: 1 });
    expect(phases(await bothWays(test, PHASES))).to.deep.equal(['web=Pending']);

    await rig.proxy.restore();
    await rig.retried(informers, () => test.server.counts().failingSources === 0);
    await until(() => test.server.counts().changes > changes);
    expect(phases(await bothWays(test, PHASES))).to.deep.equal(['web=Running']);
    expect(informers.pods.metrics.relists).to.equal(0);
  });
});
