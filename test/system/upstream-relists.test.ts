/** Effects of an upstream relist on clients: rules 1, 6 and 7 of scheme `upstream` (docs/resource-versions.md). */
import { expect } from 'chai';
import type { InformerFactory } from '../../src/informers/index.ts';
import { KubeListWatch, KubeTransport } from '../../src/informers/index.ts';
import { settled } from '../../src/testing/index.ts';
import type { LineStream } from '../support/https-client.ts';
import { BASE, type TestServer, until } from '../support/test-server.ts';
import { ControlledListWatch, UpstreamControl } from './convergence/controlled-upstream.ts';
import {
  bothWays,
  failures,
  later,
  changedPodPhases,
  phases,
  PHASES,
  podPhases,
  revisionOf,
  UpstreamRig,
  versionOf,
} from './upstream-rig.ts';

const TOO_OLD = 'The resourceVersion for the provided list is too old.';
/** Half of the interval over which the ends of watches are spread, because the random number is fixed at 0.5. */
const END = 1500;
/** The time after which a reflector closes a watch that the server should have ended. */
const WATCH_DEADLINE = 330_000;

describe('after an upstream relist', () => {
  let rig: UpstreamRig;
  let informers: InformerFactory;
  let test: TestServer;
  let version: string;
  let token: string;

  beforeEach(async () => {
    rig = await UpstreamRig.open();
    for (const name of ['a', 'b', 'c']) rig.pod(name, 'Pending');
    informers = await rig.informers();
    test = await rig.serve(podPhases(informers.pods));
    await until(() => test.server.counts().ready);
    const page = await bothWays(test, `${PHASES}?limit=2`);
    version = versionOf(page);
    token = (JSON.parse(page.text) as { metadata: { continue: string } }).metadata.continue;
  });
  afterEach(() => rig.close());

  const watchFrom = async (position: string, server = test): Promise<LineStream> => {
    const before = server.server.counts().watchers;
    const stream = server.http2.watch(`${PHASES}?watch=1&allowWatchBookmarks=true&resourceVersion=${position}`);
    await until(() => server.server.counts().watchers > before);
    lastRevisions.set(stream, revisionOf(position));
    return stream;
  };
  /** The revision that the client of a watch has. A quiet watch gets a bookmark each minute, which repeats it. */
  const lastRevisions = new WeakMap<LineStream, number>();
  const nextEvent = async (stream: LineStream): Promise<string> => {
    const line = await stream.next();
    if (line === undefined) return 'end';
    const revision = revisionOf(
      (line.object as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion ?? '0',
    );
    if (line.type === 'BOOKMARK' && revision === lastRevisions.get(stream)) return nextEvent(stream);
    lastRevisions.set(stream, revision);
    const { metadata, phase, code } = line.object as unknown as {
      metadata: { name?: string; resourceVersion: string };
      phase?: string;
      code?: number;
    };
    return code === undefined
      ? `${line.type} ${metadata.name ?? ''}=${phase ?? ''}@${revisionOf(metadata.resourceVersion)}`
      : `${line.type} ${code}`;
  };
  const exactly = (position: string): string => `${PHASES}?resourceVersion=${position}&resourceVersionMatch=Exact`;
  /** Checks that a position is unknown to reads, watches and pages. */
  const expectExpired = async (position: string, continued?: string): Promise<void> => {
    const stream = test.http2.watch(`${PHASES}?watch=1&resourceVersion=${position}`);
    expect([await nextEvent(stream), await nextEvent(stream)], `watch from ${revisionOf(position)}`).to.deep.equal([
      'ERROR 410',
      'end',
    ]);
    const { status, text } = await bothWays(test, exactly(position));
    expect([status, JSON.parse(text)], `list at ${revisionOf(position)}`).to.deep.equal([
      410,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: TOO_OLD,
        reason: 'Expired',
        code: 410,
      },
    ]);
    if (continued === undefined) return;
    const page = await bothWays(test, `${PHASES}?limit=2&continue=${continued}`);
    expect([page.status, JSON.parse(page.text).reason]).to.deep.equal([410, 'Expired']);
  };
  /** The position as the continue token of a list. */
  const tokenAt = (position: string): string => {
    const { v, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { v: string; start: string };
    return Buffer.from(`{"v":${JSON.stringify(v)},"rv":${position},"start":${JSON.stringify(start)}}`).toString(
      'base64url',
    );
  };

  it('ends watches and expires earlier positions if more than one row has changed', async () => {
    const streams = [await watchFrom(version), await watchFrom(version)];
    await rig.relist(informers, () => {
      rig.pod('a', 'Running');
      rig.pod('b', 'Running');
    });
    const after = versionOf(await bothWays(test, PHASES));
    expect(revisionOf(after)).to.equal(rig.cluster.storage.revision);
    rig.pod('c', 'Running');
    await until(() => informers.pods.metrics.events === 1);
    rig.clock.advance(END - 1);
    await settled();
    expect(test.server.counts().watchers, 'ends are spread over seconds').to.equal(2);
    rig.clock.advance(1);
    for (const stream of streams) expect(await nextEvent(stream)).to.equal('end');
    await expectExpired(version, token);
    const fresh = await watchFrom(after);
    expect(await nextEvent(fresh)).to.equal(`MODIFIED c=Running@${rig.cluster.storage.revision}`);
    expect(phases(await bothWays(test, exactly(after)))).to.deep.equal(['a=Running', 'b=Running', 'c=Pending']);
    fresh.cancel();
  });

  it('continues watches if one row has changed, and expires only the positions in between', async () => {
    const stream = await watchFrom(version);
    await rig.relist(informers, () => {
      rig.pod('a', 'Running');
      rig.tick();
    });
    const after = revisionOf(version) + 3;
    expect(await nextEvent(stream)).to.equal(`MODIFIED a=Running@${after}`);
    const current = versionOf(await bothWays(test, PHASES));
    expect(revisionOf(current)).to.equal(after);
    for (let skipped = 1; skipped < 3; skipped += 1)
      await expectExpired(later(version, skipped), tokenAt(later(version, skipped)));
    for (const [position, rows] of [
      [version, 'a=Pending'],
      [current, 'a=Running'],
    ] as const) {
      expect(phases(await bothWays(test, exactly(position)))).to.deep.equal([rows, 'b=Pending', 'c=Pending']);
      const page = await bothWays(test, `${PHASES}?limit=2&continue=${tokenAt(position)}`);
      expect([versionOf(page), phases(page)]).to.deep.equal([position, ['c=Pending']]);
    }
    const resumed = await watchFrom(version);
    expect(await nextEvent(resumed)).to.equal(`MODIFIED a=Running@${after}`);
    rig.pod('b', 'Running');
    for (const each of [stream, resumed, await watchFrom(current)]) {
      expect(await nextEvent(each)).to.equal(`MODIFIED b=Running@${after + 1}`);
      each.cancel();
    }
  });

  it('continues watches with a bookmark if no row has changed', async () => {
    const stream = await watchFrom(version);
    await rig.relist(informers, () => rig.tick());
    rig.clock.advance(60_000);
    expect(await nextEvent(stream)).to.equal(`BOOKMARK =@${rig.cluster.storage.revision}`);
    stream.cancel();
  });

  it('ends a watch that started from a version of a faster replica, even if little has changed', async () => {
    const control = new UpstreamControl(() => rig.cluster.storage.revision);
    const transport = new KubeTransport(await rig.kubeConfig());
    const slow = await rig.informers({
      listWatch: (source) => new ControlledListWatch(new KubeListWatch(transport, source), control),
    });
    const replica = await rig.serve(podPhases(slow.pods));
    await until(() => replica.server.counts().ready);
    control.hold();
    rig.pod('a', 'Running');
    await until(() => informers.pods.metrics.events === 1);
    const ahead = versionOf(await bothWays(test, PHASES));
    const [fast, behind] = [await watchFrom(ahead, replica), await watchFrom(version, replica)];
    rig.tick();
    rig.cluster.storage.expireHistory();
    // The first watch ends without events. The next one reports that the history has expired, and then the client lists everything.
    rig.clock.advance(WATCH_DEADLINE);
    await until(() => failures(slow.pods.metrics) === 1);
    control.deliver(1);
    await rig.retried(slow, () => failures(slow.pods.metrics) === 2);
    control.release();
    await rig.retried(slow, () => slow.pods.metrics.relists === 1);
    rig.clock.advance(END);
    expect(await nextEvent(fast)).to.equal('end');
    expect(await nextEvent(behind)).to.equal(`MODIFIED a=Running@${rig.cluster.storage.revision}`);
    test = replica;
    await expectExpired(ahead);
    behind.cancel();
    await transport.close();
  });

  it('expires positions of other code, because its rows differ', async () => {
    const changed = await rig.serve(changedPodPhases(informers.pods));
    await until(() => changed.server.counts().ready);
    const list = await bothWays(changed, PHASES);
    expect(phases(list)).to.deep.equal(['a=PENDING', 'b=PENDING', 'c=PENDING']);
    expect([revisionOf(versionOf(list)), versionOf(list) === version]).to.deep.equal([revisionOf(version), false]);
    test = changed;
    await expectExpired(version, token);
    for (const query of [`resourceVersion=${version}`, `resourceVersion=${version}&resourceVersionMatch=NotOlderThan`])
      expect((await bothWays(test, `${PHASES}?${query}`)).text, query).to.equal(list.text);
    expect((await bothWays(test, `${BASE}/namespaces/default/podphases/a?resourceVersion=${version}`)).status).to.equal(
      200,
    );
  });
});
