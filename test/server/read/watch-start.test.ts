import { expect } from 'chai';
import { viewsOf } from '../../../src/server/api-server.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { LineStream } from '../../support/https-client.ts';
import { BASE, podSummaries, requestWaits, TestServer } from '../../support/test-server.ts';
import { withoutUids } from '../../conformance/watches/watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

import { later, ROWS, textOf, versionOf, WatchRig } from './watch-rig.ts';

const WATCH_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';

describe('a watch', () => {
  let rig: WatchRig;
  beforeEach(async () => {
    rig = await WatchRig.start();
  });
  afterEach(() => rig.close());

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
        const stream = rig.open(query.replace('VERSION', rig.version));
        expect(await rig.take(stream, expected.length)).to.deep.equal(expected);
        await rig.watching();
        rig.pods.add(pod('shop/none', { phase: 'Failed' }));
        expect(textOf(await stream.next())).to.equal('ADDED none Failed');
        expect(stream.status).to.equal(200);
      });
    }

    it('after a version with every later change, in order, each with its own version', async () => {
      rig.pods.modify(pod('shop/web-2', { phase: 'Running' }));
      const second = (await rig.test.json(ROWS))['metadata'].resourceVersion;
      rig.pods.delete('shop/web-1');
      rig.pods.add(pod('zoo/x'));
      const stream = rig.open(`watch=1&resourceVersion=${second}`);
      const lines = [await stream.next(), await stream.next()];
      expect(lines.map(textOf)).to.deep.equal(['DELETED web-1 Running', 'ADDED x Pending']);
      expect(lines.map(versionOf).map(revisionOf)).to.deep.equal(
        [2, 3].map((writes) => revisionAfter(rig.version, writes)),
      );
    });

    it('at a future version, and sends only later changes', async () => {
      // A faster replica has received two changes more.
      const fasterPods = fakeInformer(...withoutUids(rig.pods));
      const faster = await TestServer.listening({ resources: [podSummaries(fasterPods, { log: { entries: 5 } })] });
      fasterPods.add(pod('zoo/a'));
      fasterPods.add(pod('zoo/b'));
      const future = (await faster.json(ROWS))['metadata'].resourceVersion;
      await faster.close();
      expect(revisionOf(future)).to.equal(revisionAfter(rig.version, 2));
      const stream = rig.open(`watch=1&resourceVersion=${future}`);
      await rig.watching();
      // Its deadline, and the check each minute that upstream still has its version.
      expect(rig.test.clock.waiting).to.equal(2);
      rig.pods.add(pod('zoo/a'));
      rig.pods.add(pod('zoo/b'));
      rig.pods.add(pod('zoo/c'));
      expect(textOf(await stream.next())).to.equal('ADDED c Pending');
    });

    it('at a future version of other rows, and ends with an ERROR when the view reaches it', async () => {
      const stream = rig.open(`watch=1&resourceVersion=${later(rig.version, 2n)}`);
      await rig.watching();
      rig.pods.add(pod('zoo/a'));
      rig.pods.add(pod('zoo/b'));
      const line = await stream.next();
      expect([line?.type, line?.object]).to.deep.equal([
        'ERROR',
        {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `too old resource version: ${later(rig.version, 2n)}`,
          reason: 'Expired',
          code: 410,
        },
      ]);
      expect(await stream.next(), 'the stream ends').to.equal(undefined);
      expect(viewsOf(rig.test.server)[0]?.view.rejectedPositions).to.equal(1);
    });

    it('with the version of each row in its initial event, and the version of the snapshot in the end bookmark', async () => {
      rig.pods.bookmark();
      const stream = rig.open('watch=1&allowWatchBookmarks=true');
      const lines = [await stream.next(), await stream.next(), await stream.next(), await stream.next()];
      const revision = revisionOf(rig.version);
      expect(lines.map(versionOf).map(revisionOf)).to.deep.equal([revision, revision, revision, revision + 1n]);
      expect(lines[3]?.object).to.deep.equal({
        kind: 'PodSummary',
        apiVersion: 'example.com/v1',
        metadata: { resourceVersion: later(rig.version, 1n), annotations: { 'k8s.io/initial-events-end': 'true' } },
      });
    });

    it('after it has waited for a future version, if initial events were requested', async () => {
      const stream = rig.open(
        `watch=1&${WATCH_LIST}&resourceVersion=${later(rig.version, 1n)}&allowWatchBookmarks=true`,
      );
      await requestWaits(rig.test);
      rig.pods.delete('shop/web-1');
      expect(await rig.take(stream, 3)).to.deep.equal(['ADDED db-1 Running', 'ADDED web-2 Pending', 'END']);
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
      rig.pods.add(pod('zoo/p0'));
      const oldest = (await rig.test.json(ROWS))['metadata'].resourceVersion;
      for (let i = 1; i < 6; i += 1) rig.pods.add(pod(`zoo/p${i}`));
      await expectError(rig.open(`watch=1&resourceVersion=${rig.version}`), {
        code: 410,
        reason: 'Expired',
        message: `too old resource version: ${rig.version} (${oldest})`,
      });
      expect(textOf(await rig.open(`watch=1&resourceVersion=${oldest}`).next())).to.equal('ADDED p1 Pending');
      expect(rig.test.log.of('error')).to.deep.equal([]);
    });

    it('a version of other projection code, with an ERROR that contains a Status, also on a Table watch', async () => {
      const foreign = (BigInt(rig.version) ^ 1n).toString();
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      await expectError(rig.test.http2.watch(`${ROWS}?watch=1&resourceVersion=${foreign}`, { accept }), {
        code: 410,
        message: `too old resource version: ${foreign} (${rig.version})`,
      });
    });

    it('a version of another process, if the view has local versions', async () => {
      const path = `${BASE}/allpods`;
      const { metadata } = await rig.test.json(path);
      for (const other of [later(metadata.resourceVersion, 1n), (BigInt(metadata.resourceVersion) ^ 1n).toString()]) {
        await expectError(rig.open(`watch=1&resourceVersion=${other}`, path), { code: 410 });
        expect(
          (await rig.test.json(`${path}?resourceVersion=${other}`))['items'],
          'a list returns the current rows',
        ).to.have.length(3);
      }
    });

    it('initial events at a version that does not arrive, with a 504 in the stream', async () => {
      const future = later(rig.version, 1n);
      const stream = rig.open(`watch=1&${WATCH_LIST}&resourceVersion=${future}`);
      await requestWaits(rig.test);
      rig.test.clock.advance(3000);
      await expectError(stream, {
        code: 504,
        reason: 'Timeout',
        message: `Timeout: Too large resource version: ${future}, current: ${rig.version}`,
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
        const { status, text } = await rig.test.get(`${ROWS}?${encodeURI(query)}`);
        expect(status).to.equal(code);
        expect(JSON.parse(text)).to.include({ kind: 'Status', code });
      });
    }

    it('media types that cannot be streamed, with 406', async () => {
      for (const accept of ['application/yaml', 'application/vnd.kubernetes.protobuf;stream=watch']) {
        expect((await rig.test.get(`${ROWS}?watch=1`, { accept })).status).to.equal(406);
      }
    });
  });

  describe('on the deprecated prefix (conformance 2.9)', () => {
    const WATCH = `${BASE}/watch`;
    it('watches a collection, a namespace, or one object', async () => {
      expect(await rig.take(rig.open('', `${WATCH}/podsummaries`), 3)).to.have.length(3);
      expect(await rig.take(rig.open('', `${WATCH}/namespaces/bank/podsummaries`), 1)).to.deep.equal([
        'ADDED db-1 Running',
      ]);
      const one = rig.open('', `${WATCH}/namespaces/shop/podsummaries/web-2`);
      expect(await rig.take(one, 1)).to.deep.equal(['ADDED web-2 Pending']);
      await rig.watching(3);
      rig.pods.modify(pod('shop/web-1', { phase: 'Failed' }), pod('shop/web-2', { phase: 'Failed' }));
      expect(await rig.take(one, 1)).to.deep.equal(['MODIFIED web-2 Failed']);
    });

    it('always watches, and sends no end bookmark', async () => {
      const stream = rig.open('watch=0&allowWatchBookmarks=true', `${WATCH}/namespaces/bank/podsummaries`);
      expect(await rig.take(stream, 1)).to.deep.equal(['ADDED db-1 Running']);
      rig.pods.add(pod('bank/x'));
      expect(await rig.take(stream, 1)).to.deep.equal(['ADDED x Pending']);
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
        const { status, text } = await rig.test.get(path);
        expect(status).to.equal(code);
        expect(JSON.parse(text).message).to.match(message);
      });
    }
  });
});
