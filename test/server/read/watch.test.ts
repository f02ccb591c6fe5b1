import { expect } from 'chai';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { localRows } from './local-rows.ts';
import { BASE, podSummaries, requestWaits, TestServer, until } from '../../support/test-server.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

import { later, ROWS, textOf, versionOf, WatchRig } from './watch-rig.ts';

describe('watch()', () => {
  let rig: WatchRig;
  beforeEach(async () => {
    rig = await WatchRig.start();
  });
  afterEach(() => rig.close());

  describe('converts events with selectors (conformance 2.4)', () => {
    it('when a field of a row starts or stops matching', async () => {
      const stream = rig.open(`watch=1&resourceVersion=${rig.version}&fieldSelector=status.phase%3DRunning`);
      await rig.watching();
      rig.pods.modify(pod('shop/web-2', { phase: 'Running' }));
      rig.pods.modify(pod('shop/web-1', { phase: 'Failed' }));
      rig.pods.delete('bank/db-1');
      const lines = [await stream.next(), await stream.next(), await stream.next()];
      expect(lines.map(textOf)).to.deep.equal(['ADDED web-2 Running', 'DELETED web-1 Running', 'DELETED db-1 Running']);
      expect(lines.map(versionOf).map(revisionOf)).to.deep.equal([1, 2, 3].map((n) => revisionAfter(rig.version, n)));
    });

    it('when a label of a row starts or stops matching', async () => {
      const stream = rig.open(`watch=1&resourceVersion=${rig.version}&labelSelector=app%3Dweb`);
      await rig.watching();
      rig.pods.modify(pod('bank/db-1', { phase: 'Running', labels: { app: 'web' } }));
      rig.pods.modify(pod('bank/db-1', { phase: 'Failed', labels: { app: 'web' } }));
      rig.pods.modify(pod('bank/db-1', { phase: 'Failed' }));
      expect(await rig.take(stream, 3)).to.deep.equal([
        'ADDED db-1 Running',
        'MODIFIED db-1 Failed',
        'DELETED db-1 Failed',
      ]);
    });

    it('of one namespace and one name, before the object exists', async () => {
      const stream = rig.open(
        `watch=1&resourceVersion=${rig.version}&fieldSelector=metadata.name%3Dnew`,
        `${BASE}/namespaces/shop/podsummaries`,
      );
      await rig.watching();
      rig.pods.add(pod('bank/new'), pod('shop/other'), pod('shop/new'));
      rig.pods.delete('shop/new');
      expect(await rig.take(stream, 2)).to.deep.equal(['ADDED new Pending', 'DELETED new Pending']);
    });

    it('to a DELETED with the last sent state when a row leaves the projection', async () => {
      const stream = rig.open(`watch=1&resourceVersion=${rig.version}`);
      await rig.watching();
      rig.pods.modify(pod('shop/web-1', { phase: 'Running', labels: { app: 'web' } }));
      rig.pods.add(pod('shop/hidden'));
      rig.pods.delete('shop/web-1');
      expect(await rig.take(stream, 1)).to.deep.equal(['DELETED web-1 Running']);
    });
  });

  describe('ends', () => {
    it('after timeoutSeconds, after a complete line, on both protocols', async () => {
      const stream = rig.open(`watch=1&timeoutSeconds=7&resourceVersion=${rig.version}`);
      const http1 = rig.test.get(`${ROWS}?watch=1&timeoutSeconds=7&fieldSelector=metadata.name%3Ddb-1`);
      await rig.watching(2);
      rig.test.clock.advance(6999);
      await settled();
      expect(rig.test.server.counts().watchers).to.equal(2);
      rig.test.clock.advance(1);
      expect(await stream.next()).to.equal(undefined);
      const { text, headers } = await http1;
      expect(text).to.match(/^\{"type":"ADDED",.*\}\n$/);
      expect(headers).to.include({ 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    });

    it('after 30 to 60 minutes without timeoutSeconds', async () => {
      for (const query of ['', '&timeoutSeconds=0', '&timeoutSeconds=-5'])
        rig.open(`watch=1&resourceVersion=${rig.version}${query}`);
      await rig.watching(3);
      rig.test.clock.advance(45 * 60_000 - 1);
      expect(rig.test.server.counts().watchers).to.equal(3);
      rig.test.clock.advance(1);
      expect(rig.test.server.counts().watchers).to.equal(0);
    });

    it('never, with a very long timeout', async () => {
      const stream = rig.open(`watch=1&resourceVersion=${rig.version}&timeoutSeconds=9223372036854775807`);
      await rig.watching();
      rig.test.clock.advance(365 * 86_400_000);
      rig.pods.add(pod('zoo/x'));
      expect(textOf(await stream.next())).to.equal('ADDED x Pending');
    });

    it('without a leak when its client disconnects', async () => {
      const stream = rig.open('watch=1&allowWatchBookmarks=true');
      await rig.take(stream, 4);
      stream.cancel();
      await until(() => rig.test.server.counts().watchers === 0);
      expect(rig.test.clock.waiting).to.equal(0);
      expect(viewsOf(rig.test.server)[0]?.view.watchers).to.equal(0);
      expect(rig.test.log.of('error')).to.deep.equal([]);
    });

    it('without a leak when its client disconnects while the server waits for a version', async () => {
      const stream = rig.open(
        `watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=${later(rig.version, 1n)}`,
      );
      await requestWaits(rig.test);
      stream.cancel();
      await until(() => rig.test.clock.waiting === 0);
      rig.pods.bookmark();
      await settled();
      expect(rig.test.server.counts().watchers).to.equal(0);
      expect(viewsOf(rig.test.server)[0]?.view.watchers).to.equal(0);
      expect(rig.test.log.of('error')).to.deep.equal([]);
    });

    it('after a relist of several rows, and responds with 410 at the old version', async () => {
      const stream = rig.open(`watch=1&resourceVersion=${rig.version}&allowWatchBookmarks=true`);
      await rig.watching();
      rig.pods.replace(pod('shop/web-1', { phase: 'Failed' }));
      rig.test.clock.advance(3000);
      expect(await stream.next()).to.equal(undefined);
      expect((await rig.open(`watch=1&resourceVersion=${rig.version}`).next())?.type).to.equal('ERROR');
      expect(await rig.take(rig.open('watch=1&allowWatchBookmarks=true'), 2)).to.deep.equal([
        'ADDED web-1 Failed',
        'END',
      ]);
    });
  });

  it('sends a bookmark without annotations every minute if the version has changed', async () => {
    const stream = rig.open(`watch=1&resourceVersion=${rig.version}&allowWatchBookmarks=true`);
    await rig.watching();
    rig.pods.bookmark();
    rig.test.clock.advance(60_000);
    const line = await stream.next();
    expect(line?.type).to.equal('BOOKMARK');
    expect(line?.object).to.deep.equal({
      kind: 'PodSummary',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: later(rig.version, 1n) },
    });
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
