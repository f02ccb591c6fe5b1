/** The server keeps serving while upstream is unreachable for minutes, for each kind of network failure. */
import { expect } from 'chai';
import type { InformerFactory } from '../../src/informers/index.ts';
import type { LineStream } from '../support/https-client.ts';
import { BASE, type TestServer, until } from '../support/test-server.ts';
import { bothWays, failures, phases, PHASES, podPhases, UpstreamRig, versionOf, nextChange } from './upstream-rig.ts';

const MINUTE = 60_000;

describe('while upstream is unreachable', () => {
  let rig: UpstreamRig;
  let informers: InformerFactory;
  let test: TestServer;
  let streams: LineStream[];
  let version: string;

  beforeEach(async () => {
    rig = await UpstreamRig.open();
    rig.pod('db', 'Running');
    rig.pod('web', 'Pending');
    // Socket timeouts detect a frozen connection. They use the real clock.
    informers = await rig.informers({ transport: { headersTimeout: 100 } });
    test = await rig.serve(podPhases(informers.pods));
    await until(() => test.server.counts().ready);
    // Bookmarks arrive during the first minute, so the reflector expects them from then on.
    rig.tick();
    rig.clock.advance(MINUTE);
    await until(() => informers.pods.metrics.bookmarks > 0);
    version = versionOf(await bothWays(test, PHASES));
    const from = `${PHASES}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
    streams = [test.http2.watch(from), test.http2.watch(`${PHASES}?watch=1`)];
    for (const pod of ['db', 'web']) expect(nameOf(await streams[1]?.next())).to.equal(pod);
  });
  afterEach(async () => {
    for (const stream of streams) stream.cancel();
    await rig.close();
  });

  const nameOf = (line: unknown): string => (line as { object: { metadata: { name: string } } }).object.metadata.name;
  const age = async (path: string): Promise<number> => {
    const { headers } = await bothWays(test, path);
    return Number(/^pods=(\d+\.\d{3})$/.exec(String(headers['x-kubefacet-source-age']))?.[1]);
  };

  const ways: [string, (rig: UpstreamRig) => void | Promise<void>, RegExp][] = [
    ['connections are refused', ({ proxy }) => proxy.refuse(), /^pods: can't reach \S+: connection refused$/],
    ['connections are reset', ({ proxy }) => proxy.cut(), /^pods: can't reach \S+: connection (reset|closed.*)$/],
    [
      'connections are frozen without an error',
      ({ proxy }) => proxy.freeze(),
      /^pods: the server has not (ended|accepted) the watch after \d+ s$/,
    ],
  ];
  for (const [what, lose, why] of ways) {
    it(`because ${what}, it serves reads and watches from ageing rows, and catches up afterwards`, async () => {
      await lose(rig);
      rig.pod('web', 'Running');
      rig.pod('late', 'Pending');
      for (let minute = 1; minute <= 10; minute += 1) {
        const before = failures(informers.pods.metrics);
        rig.clock.advance(MINUTE);
        if (minute >= 3) await until(() => failures(informers.pods.metrics) > 0);
        if (what !== ways[2]?.[0]) await until(() => failures(informers.pods.metrics) > before);
        const list = await bothWays(test, PHASES);
        expect([list.status, versionOf(list), phases(list)]).to.deep.equal([
          200,
          version,
          ['db=Running', 'web=Pending'],
        ]);
        for (const path of [PHASES, `${PHASES}?limit=1`, `${BASE}/namespaces/default/podphases/db`])
          expect(await age(path), path).to.equal(minute * 60);
        expect((await bothWays(test, '/readyz')).text).to.equal('ok');
        expect((await test.get('/readyz?verbose')).text).to.contain(
          `[+]informer-sync/pods ok (last heard ${minute * 60}.0s ago${minute < 3 ? '' : ', stale'}`,
        );
        const counts = { rows: 2, watchers: 2, ready: true, sourceAge: minute * 60, staleSources: minute < 3 ? 0 : 1 };
        expect(test.server.counts()).to.include(counts);
      }
      expect(
        test.log.of('warn').some((line) => why.test(line.replace('source pods has a problem', 'pods'))),
        test.log.of('warn').join('\n'),
      ).to.equal(true);

      await rig.proxy.restore();
      await rig.retried(informers, () => test.server.counts().rows === 3);
      const after = await bothWays(test, PHASES);
      expect(phases(after)).to.deep.equal(['db=Running', 'late=Pending', 'web=Running']);
      expect(BigInt(versionOf(after)) > BigInt(version)).to.equal(true);
      expect(await age(PHASES)).to.equal(0);
      for (const stream of streams) {
        const names = [
          nameOf(await nextChange(stream)),
          nameOf(await nextChange(stream)),
          nameOf(await nextChange(stream)),
        ];
        expect(names, 'the history is complete').to.deep.equal(['web', 'late', 'late']);
      }
      expect(informers.pods.metrics.relists).to.equal(0);
      rig.clock.advance(10_000);
      const ends = test.log.of('info').filter((line) => line.startsWith('source'));
      expect(ends).to.have.length(1);
      expect(ends[0]).to.match(/^source pods works again, after \d+ s and \d+ failed requests$/);
      expect(test.log.of('warn').filter((line) => line.startsWith('source pods is stale: '))).to.have.length(1);
    });
  }
});
