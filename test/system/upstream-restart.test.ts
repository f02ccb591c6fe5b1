/** What is stopped and started again in one process: informers, factory, server. Clients go on where they were. */
import { expect } from 'chai';
import type { InformerFactory, SharedInformer, SourceObject } from '../../src/informers/index.ts';
import { type TestServer, until } from '../support/test-server.ts';
import { bothWays, phases, PHASES, podPhases, revisionOf, UpstreamRig, versionOf } from './upstream-rig.ts';

describe('Started again in the same process', function () {
  this.timeout(20_000);
  let rig: UpstreamRig;

  beforeEach(async () => {
    rig = await UpstreamRig.open();
    rig.pod('a', 'Pending');
  });
  afterEach(() => rig.close());

  const served = async (informers: InformerFactory): Promise<TestServer> => {
    const test = await rig.serve(podPhases(informers.pods));
    await until(() => test.server.counts().ready);
    return test;
  };
  /** What a client gets that goes on from a position, up to what is written now. */
  const resumed = async (test: TestServer, position: string): Promise<string[]> => {
    const stream = test.http2.watch(`${PHASES}?watch=1&resourceVersion=${position}`);
    await until(() => test.server.counts().watchers === 1 || stream.status === 200);
    rig.pod('last', 'Failed');
    const told: string[] = [];
    for (let line = await stream.next(); line !== undefined; line = await stream.next()) {
      const { metadata, phase, code } = line.object as unknown as {
        metadata: { name: string };
        phase: string;
        code?: number;
      };
      told.push(code === undefined ? `${line.type} ${metadata.name}=${phase}` : `${line.type} ${code}`);
      if (phase === 'Failed') stream.cancel();
    }
    return told;
  };

  type Stop = (informers: InformerFactory, test: TestServer) => Promise<InformerFactory>;
  const ways: [string, Stop, 'the latest' | 'no less'][] = [
    [
      'the server, over informers that nobody else uses',
      async (informers, test) => {
        await test.close();
        expect((informers.pods as SharedInformer<SourceObject>).running).to.equal(false);
        return informers;
      },
      'no less',
    ],
    [
      'the server and the informers',
      async (informers, test) => {
        await test.close();
        await informers.close();
        return rig.informers();
      },
      'the latest',
    ],
    [
      'the informers first, and then the server',
      async (informers, test) => {
        await informers.close();
        expect((await bothWays(test, PHASES)).status, 'what was read stays').to.equal(200);
        await test.close();
        return rig.informers();
      },
      'the latest',
    ],
  ];
  for (const [what, stop, asked] of ways) {
    describe(what, () => {
      let informers: InformerFactory;
      let first: TestServer;
      let version: string;

      beforeEach(async () => {
        informers = await rig.informers();
        first = await served(informers);
        rig.pod('b', 'Running');
        await until(() => informers.pods.metrics.events === 2);
        version = versionOf(await bothWays(first, PHASES));
        expect(revisionOf(version)).to.equal(rig.cluster.storage.revision);
      });

      it('goes on with the versions, and with the watches of before', async () => {
        const second = await served(await stop(informers, first));
        expect(rig.cluster.api.openWatches('pods')).to.equal(1);
        const list = await bothWays(second, PHASES);
        expect([versionOf(list), phases(list)]).to.deep.equal([version, ['a=Pending', 'b=Running']]);
        expect(await resumed(second, version)).to.deep.equal(['ADDED last=Unknown', 'MODIFIED last=Failed']);
      });

      it('never goes back, and says 410 where it does not know what has happened meanwhile', async () => {
        informers = await stop(informers, first);
        rig.pod('a', 'Running');
        rig.pod('c', 'Pending');
        const second = await served(informers);
        const list = await bothWays(second, PHASES);
        expect(revisionOf(versionOf(list))).to.equal(rig.cluster.storage.revision);
        expect(phases(list)).to.deep.equal(['a=Running', 'b=Running', 'c=Pending']);
        expect(await resumed(second, version)).to.deep.equal(['ERROR 410']);
        expect((await bothWays(second, `${PHASES}?resourceVersion=${version}`)).status, 'no older than it').to.equal(
          200,
        );
      });

      it(`asks upstream for ${asked === 'the latest' ? asked : 'a state no older than it has read'}`, async () => {
        informers = await stop(informers, first);
        rig.cluster.api.forgetRequests();
        await served(informers);
        const [request] = rig.cluster.api.requests;
        expect(Object.fromEntries(request?.query ?? [])).to.include({
          watch: 'true',
          sendInitialEvents: 'true',
          resourceVersionMatch: 'NotOlderThan',
        });
        const wanted = asked === 'the latest' ? null : String(revisionOf(version));
        expect(request?.query.get('resourceVersion')).to.equal(wanted);
      });
    });
  }
});
