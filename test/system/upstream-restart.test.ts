/** Informers, factory and server are stopped and restarted in one process. Clients resume from their positions. */
import { expect } from 'chai';
import type { InformerFactory, SharedInformer, SourceObject } from '../../src/informers/index.ts';
import { type TestServer, until } from '../support/test-server.ts';
import { bothWays, phases, PHASES, podPhases, revisionOf, UpstreamRig, versionOf } from './upstream-rig.ts';

describe('a restart in the same process', () => {
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
  /** The events that a client receives from a position up to a change written now. */
  const resumed = async (test: TestServer, position: string): Promise<string[]> => {
    const stream = test.http2.watch(`${PHASES}?watch=1&resourceVersion=${position}`);
    await until(() => test.server.counts().watchers === 1 || stream.status === 200);
    rig.pod('last', 'Failed');
    const events: string[] = [];
    for (let line = await stream.next(); line !== undefined; line = await stream.next()) {
      const { metadata, phase, code } = line.object as unknown as {
        metadata: { name: string };
        phase: string;
        code?: number;
      };
      events.push(code === undefined ? `${line.type} ${metadata.name}=${phase}` : `${line.type} ${code}`);
      if (phase === 'Failed') stream.cancel();
    }
    return events;
  };

  type Stop = (informers: InformerFactory, test: TestServer) => Promise<InformerFactory>;
  const restarts: [string, Stop, 'the latest' | 'not older'][] = [
    [
      'of the server, over unshared informers',
      async (informers, test) => {
        await test.close();
        expect((informers.pods as SharedInformer<SourceObject>).running).to.equal(false);
        return informers;
      },
      'not older',
    ],
    [
      'of the server and the informers',
      async (informers, test) => {
        await test.close();
        await informers.close();
        return rig.informers();
      },
      'the latest',
    ],
    [
      'of the informers first and then of the server',
      async (informers, test) => {
        await informers.close();
        expect((await bothWays(test, PHASES)).status, 'the rows stay in memory').to.equal(200);
        await test.close();
        return rig.informers();
      },
      'the latest',
    ],
  ];
  for (const [what, stop, requested] of restarts) {
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

      it('keeps versions, and resumes earlier watches', async () => {
        const second = await served(await stop(informers, first));
        expect(rig.cluster.api.openWatches('pods')).to.equal(1);
        const list = await bothWays(second, PHASES);
        expect([versionOf(list), phases(list)]).to.deep.equal([version, ['a=Pending', 'b=Running']]);
        expect(await resumed(second, version)).to.deep.equal(['ADDED last=Unknown', 'MODIFIED last=Failed']);
      });

      it('never serves an older version, and responds with 410 if the changes in between are unknown', async () => {
        informers = await stop(informers, first);
        rig.pod('a', 'Running');
        rig.pod('c', 'Pending');
        const second = await served(informers);
        const list = await bothWays(second, PHASES);
        expect(revisionOf(versionOf(list))).to.equal(rig.cluster.storage.revision);
        expect(phases(list)).to.deep.equal(['a=Running', 'b=Running', 'c=Pending']);
        expect(await resumed(second, version)).to.deep.equal(['ERROR 410']);
        expect(
          (await bothWays(second, `${PHASES}?resourceVersion=${version}`)).status,
          'not older than the version',
        ).to.equal(200);
      });

      it(`requests ${requested === 'the latest' ? 'the latest state' : 'a state not older than its last read'} from upstream`, async () => {
        informers = await stop(informers, first);
        rig.cluster.api.forgetRequests();
        await served(informers);
        const [request] = rig.cluster.api.requests;
        expect(Object.fromEntries(request?.query ?? [])).to.include({
          watch: 'true',
          sendInitialEvents: 'true',
          resourceVersionMatch: 'NotOlderThan',
        });
        const expected = requested === 'the latest' ? null : String(revisionOf(version));
        expect(request?.query.get('resourceVersion')).to.equal(expected);
      });
    });
  }
});
