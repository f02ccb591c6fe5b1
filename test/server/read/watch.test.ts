import { expect } from 'chai';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { localRows } from './local-rows.ts';
import type { LineStream, WatchLine } from '../../support/https-client.ts';
import { BASE, podSummaries, requestWaits, TestServer, until } from '../../support/test-server.ts';
import { withoutUids } from '../../conformance/watches/watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

const ROWS = `${BASE}/podsummaries`;
const WATCH_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const later = (position: string, versions: bigint): string => (BigInt(position) + (versions << 20n)).toString();

const textOf = (line: WatchLine | undefined): string => {
  if (line === undefined) return 'end';
  const { metadata, status } = line.object as unknown as {
    metadata: { name?: string; annotations?: Record<string, string> };
    status?: { phase: string };
  };
  if (line.type !== 'BOOKMARK') return `${line.type} ${metadata.name} ${status?.phase}`;
  return metadata.annotations?.['k8s.io/initial-events-end'] === 'true' ? 'END' : 'BOOKMARK';
};
const versionOf = (line: WatchLine | undefined): string =>
  (line?.object as { metadata: { resourceVersion: string } } | undefined)?.metadata.resourceVersion ?? 'none';

describe('watch()', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let version: string;
  const open = (query: string, path = ROWS): LineStream => test.http2.watch(`${path}?${query}`);
  const take = async (stream: LineStream, count: number): Promise<string[]> => {
    const lines: string[] = [];
    for (let i = 0; i < count; i += 1) lines.push(textOf(await stream.next()));
    return lines;
  };
  const watching = async (count = 1): Promise<void> => {
    await until(() => test.server.counts().watchers >= count);
  };

  beforeEach(async () => {
    pods = fakeInformer(
      pod('shop/web-1', { phase: 'Running', labels: { app: 'web' } }),
      pod('shop/web-2', { phase: 'Pending', labels: { app: 'web' } }),
      pod('bank/db-1', { phase: 'Running', labels: { app: 'db' } }),
    );
    test = await TestServer.listening({ resources: [podSummaries(pods, { log: { entries: 5 } }), localRows(pods)] });
    version = (await test.json(ROWS))['metadata'].resourceVersion;
  });

  afterEach(() => test.close());

  describe('starts (conformance 2.1)', () => {
    const added = ['ADDED db-1 Running', 'ADDED web-1 Running', 'ADDED web-2 Pending'];
    for (const [query, expected] of [
      ['watch=1', added],
      ['watch=', added],
      ['watch=banana', added],
      ['watch=1&resourceVersion=0', added],
      ['watch=1&allowWatchBookmarks=true', [...added, 'END']],
      ['watch=1&resourceVersion=0&allowWatchBookmarks=true', [...added, 'END']],
      [`watch=1&${WATCH_LIST}`, added],
      [`watch=1&${WATCH_LIST}&allowWatchBookmarks=true`, [...added, 'END']],
      [`watch=1&${WATCH_LIST}&allowWatchBookmarks=true&resourceVersion=0`, [...added, 'END']],
      [`watch=1&${WATCH_LIST}&allowWatchBookmarks=true&resourceVersion=VERSION`, [...added, 'END']],
      ['watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', []],
      ['watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0', []],
      ['watch=1&resourceVersion=VERSION', []],
      ['watch=1&resourceVersion=VERSION&sendInitialEvents=false&resourceVersionMatch=NotOlderThan', []],
      ['watch=1&fieldSelector=metadata.name%3Dnone&allowWatchBookmarks=true', ['END']],
    ] as const) {
      it(`${query} with ${expected.length === 0 ? 'nothing' : expected.join(', ')}`, async () => {
        const stream = open(query.replace('VERSION', version));
        expect(await take(stream, expected.length)).to.deep.equal(expected);
        await watching();
        pods.add(pod('shop/none', { phase: 'Failed' }));
        expect(textOf(await stream.next())).to.equal('ADDED none Failed');
        expect(stream.status).to.equal(200);
      });
    }

    it('after a version with every later change, in order, each with its own version', async () => {
      pods.modify(pod('shop/web-2', { phase: 'Running' }));
      const second = (await test.json(ROWS))['metadata'].resourceVersion;
      pods.delete('shop/web-1');
      pods.add(pod('zoo/x'));
      const stream = open(`watch=1&resourceVersion=${second}`);
      const lines = [await stream.next(), await stream.next()];
      expect(lines.map(textOf)).to.deep.equal(['DELETED web-1 Running', 'ADDED x Pending']);
      expect(lines.map(versionOf).map(revisionOf)).to.deep.equal(
        [2, 3].map((writes) => revisionAfter(version, writes)),
      );
    });

    it('at a future version, and sends only later changes', async () => {
      // A faster replica has received two changes more.
      const fasterPods = fakeInformer(...withoutUids(pods));
      const faster = await TestServer.listening({ resources: [podSummaries(fasterPods, { log: { entries: 5 } })] });
      fasterPods.add(pod('zoo/a'));
      fasterPods.add(pod('zoo/b'));
      const future = (await faster.json(ROWS))['metadata'].resourceVersion;
      await faster.close();
      expect(revisionOf(future)).to.equal(revisionAfter(version, 2));
      const stream = open(`watch=1&resourceVersion=${future}`);
      await watching();
      // Its deadline, and the check each minute that upstream still has its version.
      expect(test.clock.waiting).to.equal(2);
      pods.add(pod('zoo/a'));
      pods.add(pod('zoo/b'));
      pods.add(pod('zoo/c'));
      expect(textOf(await stream.next())).to.equal('ADDED c Pending');
    });

    it('at a future version of other rows, and ends with an ERROR when the view reaches it', async () => {
      const stream = open(`watch=1&resourceVersion=${later(version, 2n)}`);
      await watching();
      pods.add(pod('zoo/a'));
      pods.add(pod('zoo/b'));
      const line = await stream.next();
      expect([line?.type, line?.object]).to.deep.equal([
        'ERROR',
        {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `too old resource version: ${later(version, 2n)}`,
          reason: 'Expired',
          code: 410,
        },
      ]);
      expect(await stream.next(), 'the stream ends').to.equal(undefined);
      expect(viewsOf(test.server)[0]?.view.rejectedPositions).to.equal(1);
    });

    it('with the version of each row in its initial event, and the version of the snapshot in the end bookmark', async () => {
      pods.bookmark();
      const stream = open('watch=1&allowWatchBookmarks=true');
      const lines = [await stream.next(), await stream.next(), await stream.next(), await stream.next()];
      const revision = revisionOf(version);
      expect(lines.map(versionOf).map(revisionOf)).to.deep.equal([revision, revision, revision, revision + 1n]);
      expect(lines[3]?.object).to.deep.equal({
        kind: 'PodSummary',
        apiVersion: 'example.com/v1',
        metadata: { resourceVersion: later(version, 1n), annotations: { 'k8s.io/initial-events-end': 'true' } },
      });
    });

    it('after it has waited for a future version, if initial events were requested', async () => {
      const stream = open(`watch=1&${WATCH_LIST}&resourceVersion=${later(version, 1n)}&allowWatchBookmarks=true`);
      await requestWaits(test);
      pods.delete('shop/web-1');
      expect(await take(stream, 3)).to.deep.equal(['ADDED db-1 Running', 'ADDED web-2 Pending', 'END']);
    });
  });

  describe('refuses', () => {
    const expectError = async (stream: LineStream, expected: object): Promise<void> => {
      const line = await stream.next();
      expect(stream.status).to.equal(200);
      expect(line?.type).to.equal('ERROR');
      expect(line?.object).to.deep.include({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...expected });
      expect(await stream.next(), 'the stream ends').to.equal(undefined);
    };

    it('a version that has fallen out of the log, with an ERROR event, and ends', async () => {
      pods.add(pod('zoo/p0'));
      const oldest = (await test.json(ROWS))['metadata'].resourceVersion;
      for (let i = 1; i < 6; i += 1) pods.add(pod(`zoo/p${i}`));
      await expectError(open(`watch=1&resourceVersion=${version}`), {
        code: 410,
        reason: 'Expired',
        message: `too old resource version: ${version} (${oldest})`,
      });
      expect(textOf(await open(`watch=1&resourceVersion=${oldest}`).next())).to.equal('ADDED p1 Pending');
      expect(test.log.of('error')).to.deep.equal([]);
    });

    it('a version of other projection code, with an ERROR that contains a Status, also on a Table watch', async () => {
      const foreign = (BigInt(version) ^ 1n).toString();
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      await expectError(test.http2.watch(`${ROWS}?watch=1&resourceVersion=${foreign}`, { accept }), {
        code: 410,
        message: `too old resource version: ${foreign} (${version})`,
      });
    });

    it('a version of another process, if the view has local versions', async () => {
      const path = `${BASE}/allpods`;
      const { metadata } = await test.json(path);
      for (const other of [later(metadata.resourceVersion, 1n), (BigInt(metadata.resourceVersion) ^ 1n).toString()]) {
        await expectError(open(`watch=1&resourceVersion=${other}`, path), { code: 410 });
        expect(
          (await test.json(`${path}?resourceVersion=${other}`))['items'],
          'a list returns the current rows',
        ).to.have.length(3);
      }
    });

    it('initial events at a version that does not arrive, with a 504 in the stream', async () => {
      const future = later(version, 1n);
      const stream = open(`watch=1&${WATCH_LIST}&resourceVersion=${future}`);
      await requestWaits(test);
      test.clock.advance(3000);
      await expectError(stream, {
        code: 504,
        reason: 'Timeout',
        message: `Timeout: Too large resource version: ${future}, current: ${version}`,
      });
    });

    for (const [query, code] of [
      ['watch=1&resourceVersion=abc', 400],
      ['watch=1&timeoutSeconds=abc', 400],
      ['watch=1&labelSelector=a in b', 400],
      ['watch=1&fieldSelector=spec.x=y', 400],
      ['watch=1&sendInitialEvents=true', 422],
      ['watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=5', 422],
      ['watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=5', 422],
    ] as const) {
      it(`${query} with HTTP ${code}, before the stream opens`, async () => {
        const { status, text } = await test.get(`${ROWS}?${encodeURI(query)}`);
        expect(status).to.equal(code);
        expect(JSON.parse(text)).to.include({ kind: 'Status', code });
      });
    }

    it('media types that cannot be streamed, with 406', async () => {
      for (const accept of ['application/yaml', 'application/vnd.kubernetes.protobuf;stream=watch']) {
        expect((await test.get(`${ROWS}?watch=1`, { accept })).status).to.equal(406);
      }
    });
  });

  describe('converts events with selectors (conformance 2.4)', () => {
    it('when a field of a row starts or stops matching', async () => {
      const stream = open(`watch=1&resourceVersion=${version}&fieldSelector=status.phase%3DRunning`);
      await watching();
      pods.modify(pod('shop/web-2', { phase: 'Running' }));
      pods.modify(pod('shop/web-1', { phase: 'Failed' }));
      pods.delete('bank/db-1');
      const lines = [await stream.next(), await stream.next(), await stream.next()];
      expect(lines.map(textOf)).to.deep.equal(['ADDED web-2 Running', 'DELETED web-1 Running', 'DELETED db-1 Running']);
      expect(lines.map(versionOf).map(revisionOf)).to.deep.equal([1, 2, 3].map((n) => revisionAfter(version, n)));
    });

    it('when a label of a row starts or stops matching', async () => {
      const stream = open(`watch=1&resourceVersion=${version}&labelSelector=app%3Dweb`);
      await watching();
      pods.modify(pod('bank/db-1', { phase: 'Running', labels: { app: 'web' } }));
      pods.modify(pod('bank/db-1', { phase: 'Failed', labels: { app: 'web' } }));
      pods.modify(pod('bank/db-1', { phase: 'Failed' }));
      expect(await take(stream, 3)).to.deep.equal([
        'ADDED db-1 Running',
        'MODIFIED db-1 Failed',
        'DELETED db-1 Failed',
      ]);
    });

    it('of one namespace and one name, before the object exists', async () => {
      const stream = open(
        `watch=1&resourceVersion=${version}&fieldSelector=metadata.name%3Dnew`,
        `${BASE}/namespaces/shop/podsummaries`,
      );
      await watching();
      pods.add(pod('bank/new'), pod('shop/other'), pod('shop/new'));
      pods.delete('shop/new');
      expect(await take(stream, 2)).to.deep.equal(['ADDED new Pending', 'DELETED new Pending']);
    });

    it('to a DELETED with the last sent state when a row leaves the projection', async () => {
      const stream = open(`watch=1&resourceVersion=${version}`);
      await watching();
      pods.modify(pod('shop/web-1', { phase: 'Running', labels: { app: 'web' } }));
      pods.add(pod('shop/hidden'));
      pods.delete('shop/web-1');
      expect(await take(stream, 1)).to.deep.equal(['DELETED web-1 Running']);
    });
  });

  describe('on the deprecated prefix (conformance 2.9)', () => {
    const WATCH = `${BASE}/watch`;
    it('watches a collection, a namespace, or one object', async () => {
      expect(await take(open('', `${WATCH}/podsummaries`), 3)).to.have.length(3);
      expect(await take(open('', `${WATCH}/namespaces/bank/podsummaries`), 1)).to.deep.equal(['ADDED db-1 Running']);
      const one = open('', `${WATCH}/namespaces/shop/podsummaries/web-2`);
      expect(await take(one, 1)).to.deep.equal(['ADDED web-2 Pending']);
      await watching(3);
      pods.modify(pod('shop/web-1', { phase: 'Failed' }), pod('shop/web-2', { phase: 'Failed' }));
      expect(await take(one, 1)).to.deep.equal(['MODIFIED web-2 Failed']);
    });

    it('always watches, and sends no end bookmark', async () => {
      const stream = open('watch=0&allowWatchBookmarks=true', `${WATCH}/namespaces/bank/podsummaries`);
      expect(await take(stream, 1)).to.deep.equal(['ADDED db-1 Running']);
      pods.add(pod('bank/x'));
      expect(await take(stream, 1)).to.deep.equal(['ADDED x Pending']);
    });

    for (const [path, code, message] of [
      [`${WATCH}/podsummaries?sendInitialEvents=true`, 422, /forbidden for list$/],
      [
        `${WATCH}/namespaces/shop/podsummaries/a?fieldSelector=metadata.name%3Db`,
        400,
        /^fieldSelector metadata.name doesn't match requested name$/,
      ],
      [
        `${WATCH}/namespaces/shop/podsummaries/a?fieldSelector=status.phase%3Db`,
        400,
        /^fieldSelector metadata.name doesn't match requested name$/,
      ],
      [`${WATCH}/namespaces/shop/podsummaries/a%25`, 400, /may not contain '%'$/],
    ] as const) {
      it(`refuses ${path} with ${code}`, async () => {
        const { status, text } = await test.get(path);
        expect(status).to.equal(code);
        expect(JSON.parse(text).message).to.match(message);
      });
    }
  });

  describe('ends', () => {
    it('after timeoutSeconds, after a complete line, on both protocols', async () => {
      const stream = open(`watch=1&timeoutSeconds=7&resourceVersion=${version}`);
      const http1 = test.get(`${ROWS}?watch=1&timeoutSeconds=7&fieldSelector=metadata.name%3Ddb-1`);
      await watching(2);
      test.clock.advance(6999);
      await settled();
      expect(test.server.counts().watchers).to.equal(2);
      test.clock.advance(1);
      expect(await stream.next()).to.equal(undefined);
      const { text, headers } = await http1;
      expect(text).to.match(/^\{"type":"ADDED",.*\}\n$/);
      expect(headers).to.include({ 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    });

    it('after 30 to 60 minutes without timeoutSeconds', async () => {
      for (const query of ['', '&timeoutSeconds=0', '&timeoutSeconds=-5'])
        open(`watch=1&resourceVersion=${version}${query}`);
      await watching(3);
      test.clock.advance(45 * 60_000 - 1);
      expect(test.server.counts().watchers).to.equal(3);
      test.clock.advance(1);
      expect(test.server.counts().watchers).to.equal(0);
    });

    it('never, with a very long timeout', async () => {
      const stream = open(`watch=1&resourceVersion=${version}&timeoutSeconds=9223372036854775807`);
      await watching();
      test.clock.advance(365 * 86_400_000);
      pods.add(pod('zoo/x'));
      expect(textOf(await stream.next())).to.equal('ADDED x Pending');
    });

    it('without a leak when its client disconnects', async () => {
      const stream = open('watch=1&allowWatchBookmarks=true');
      await take(stream, 4);
      stream.cancel();
      await until(() => test.server.counts().watchers === 0);
      expect(test.clock.waiting).to.equal(0);
      expect(viewsOf(test.server)[0]?.view.watchers).to.equal(0);
      expect(test.log.of('error')).to.deep.equal([]);
    });

    it('without a leak when its client disconnects while the server waits for a version', async () => {
      const stream = open(`watch=1&${WATCH_LIST}&resourceVersion=${later(version, 1n)}`);
      await requestWaits(test);
      stream.cancel();
      await until(() => test.clock.waiting === 0);
      pods.bookmark();
      await settled();
      expect(test.server.counts().watchers).to.equal(0);
      expect(viewsOf(test.server)[0]?.view.watchers).to.equal(0);
      expect(test.log.of('error')).to.deep.equal([]);
    });

    it('after a relist of several rows, and responds with 410 at the old version', async () => {
      const stream = open(`watch=1&resourceVersion=${version}&allowWatchBookmarks=true`);
      await watching();
      pods.replace(pod('shop/web-1', { phase: 'Failed' }));
      test.clock.advance(3000);
      expect(await stream.next()).to.equal(undefined);
      expect((await open(`watch=1&resourceVersion=${version}`).next())?.type).to.equal('ERROR');
      expect(await take(open('watch=1&allowWatchBookmarks=true'), 2)).to.deep.equal(['ADDED web-1 Failed', 'END']);
    });
  });

  it('sends its headers before any event', async () => {
    const stream = test.http2.session.request({ ':path': `${ROWS}?watch=1&resourceVersion=${version}` });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    expect(headers).to.include({
      ':status': 200,
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    });
    expect(headers['audit-id']).to.be.a('string');
    stream.close();
  });

  it('sends a bookmark without annotations every minute if the version has changed', async () => {
    const stream = open(`watch=1&resourceVersion=${version}&allowWatchBookmarks=true`);
    await watching();
    pods.bookmark();
    test.clock.advance(60_000);
    const line = await stream.next();
    expect(line?.type).to.equal('BOOKMARK');
    expect(line?.object).to.deep.equal({
      kind: 'PodSummary',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: later(version, 1n) },
    });
  });

  it('streams lines if the WebSocket handshake is incomplete', async () => {
    const response = test.get(`${ROWS}?watch=1&timeoutSeconds=1`, { connection: 'Upgrade', upgrade: 'websocket' });
    await watching();
    test.clock.advance(1000);
    const { status, text } = await response;
    expect(status).to.equal(200);
    expect(text.trim().split('\n')).to.have.length(3);
  });

  it('shares one upstream subscription among all clients and resources', async () => {
    let starts = 0;
    let stops = 0;
    class CountedInformer extends FakeInformer<V1Pod> {
      protected override start(): void {
        starts += 1;
      }
      protected override stop(): void {
        stops += 1;
      }
    }
    const counted = new CountedInformer({ objects: [pod('shop/web')] });
    const other = await TestServer.listening({ resources: [podSummaries(counted), localRows(counted)] });
    const streams = Array.from({ length: 40 }, (_, i) =>
      other.http2.watch(`${BASE}/${i % 2 === 0 ? 'podsummaries' : 'allpods'}?watch=1`),
    );
    for (const stream of streams) expect((await stream.next())?.type).to.equal('ADDED');
    await Promise.all(Array.from({ length: 20 }, () => other.json(ROWS)));
    expect(starts).to.equal(1);
    for (const stream of streams) stream.cancel();
    await other.close();
    expect({ starts, stops }).to.deep.equal({ starts: 1, stops: 1 });
  });
});
