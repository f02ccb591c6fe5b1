/**
 * The requests of client-go's reflector and of similar clients: conformance 10.1 and 10.2. One file, because the cases follow the
 * sections of 10.1.
 */
import { expect } from 'chai';
import { FakeInformer, fakeInformer, pod, seededRandom } from '../../../src/testing/index.ts';
import { localRows } from '../../server/read/local-rows.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';
import type { LineStream } from '../../support/https-client.ts';
import { later, lines, next, objectOf, rest, ROWS, eventText, versionOf, WatchRig } from './watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

const AGENT = 'controller/v1.36.0 (linux/amd64) kubernetes/bb826b1';
/** Accept of a dynamic client, of a typed client, and of a client that only sets a content type. */
const ACCEPTS = [
  'application/json',
  'application/vnd.kubernetes.protobuf,application/json',
  'application/cbor,application/json',
] as const;

describe('client-go', () => {
  let rig: WatchRig;
  let version: string;

  const watchOf = (path: string, query: string, accept: string = ACCEPTS[0]): LineStream =>
    rig.test.http2.watch(`${path}?${query}`, { accept, 'user-agent': AGENT });
  const watchList = (resourceVersion: string, options: { path?: string; accept?: string } = {}): LineStream => {
    const rv = resourceVersion === 'unset' ? '' : `&resourceVersion=${resourceVersion}`;
    const query = `allowWatchBookmarks=true${rv}&resourceVersionMatch=NotOlderThan&sendInitialEvents=true`;
    return watchOf(options.path ?? ROWS, `${query}&timeout=7m31s&timeoutSeconds=451&watch=true`, options.accept);
  };
  const watch = (resourceVersion: string, accept?: string): LineStream => {
    const query = `allowWatchBookmarks=true&resourceVersion=${resourceVersion}`;
    return watchOf(ROWS, `${query}&timeout=7m31s&timeoutSeconds=451&watch=true`, accept);
  };
  const list = async (query: string): Promise<{ status: number; headers: any; body: any }> => {
    const { status, headers, text } = await rig.test.get(`${ROWS}?${query}`, {
      accept: ACCEPTS[1],
      'user-agent': AGENT,
    });
    return { status, headers, body: JSON.parse(text) };
  };

  beforeEach(async () => {
    rig = await WatchRig.of(pod('shop/a', { phase: 'Running' }), pod('shop/b'));
    version = await rig.version();
  });

  afterEach(() => rig.close());

  const initial = ['ADDED a Running', 'ADDED b Pending', 'END'];

  for (const [title, at] of [
    ['10.1.1 WatchList of a starting client ends with its bookmark', 'unset'],
    ['10.1.1 WatchList with an empty version ends with its bookmark', ''],
    ['10.1.1 WatchList at version 0 ends with its bookmark', '0'],
    ['10.1.1 WatchList at the last seen version ends with its bookmark', 'now'],
  ] as const) {
    it(title, async () => {
      for (const accept of ACCEPTS) {
        const stream = watchList(at === 'now' ? version : at, { accept });
        expect(await next(stream, 3)).to.deep.equal(initial);
        stream.cancel();
      }
    });
  }

  it('10.1.1 WatchList of a collection that never had objects ends with its bookmark', async () => {
    const empty = await WatchRig.over(fakeInformer());
    const stream = empty.test.http2.watch(
      `${ROWS}?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true`,
    );
    expect(await next(stream, 1)).to.deep.equal(['END']);
    await empty.close();
  });

  it('10.1.1 WatchList at a version of another process ends with its bookmark after the current state', async () => {
    const server = await TestServer.listening({ resources: [localRows(rig.pods)] });
    const path = `${BASE}/allpods`;
    for (const foreign of ['9223372036854775806', '5']) {
      const stream = server.http2.watch(
        `${path}?allowWatchBookmarks=true&resourceVersion=${foreign}&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true`,
      );
      expect((await next(stream, 3))[2]).to.equal('END');
    }
    await server.close();
  });

  it('10.1.1 WatchList at the version of a faster replica ends with its bookmark when this replica has caught up', async () => {
    const before = rig.test.clock.waiting;
    const future = await rig.versionAfter((pods) => pods.add(pod('shop/c')));
    const stream = watchList(future);
    await rig.waiting(before);
    rig.pods.add(pod('shop/c'));
    const all = await lines(stream, 4);
    expect(all.map(eventText)).to.deep.equal(['ADDED a Running', 'ADDED b Pending', 'ADDED c Pending', 'END']);
    expect(versionOf(all[3])).to.equal(future);
    expect(revisionOf(future)).to.equal(revisionAfter(version, 1));
  });

  it('10.1.1 WatchList of an unsynced source is rejected at once, and never returns 200 without its bookmark', async () => {
    const unsynced = await WatchRig.over(new FakeInformer({ objects: [pod('shop/a')], notSynced: true }));
    const query = 'allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true';
    const { status, headers } = await unsynced.test.get(`${ROWS}?${query}`);
    expect([status, headers['retry-after']]).to.deep.equal([429, '1']);
    await unsynced.close();
  });

  it('10.1.2 the fallback list at version 0 ignores the limit, and the watch continues from it', async () => {
    rig.pods.add(...Array.from({ length: 600 }, (_, n) => pod(`zoo/p${n}`)));
    for (const query of ['limit=500&resourceVersion=0', 'resourceVersion=0']) {
      const { status, body } = await list(query);
      expect([status, body.items.length, body.metadata.continue]).to.deep.equal([200, 602, undefined]);
      const stream = watch(body.metadata.resourceVersion);
      await rig.waiting();
      rig.pods.modify(pod('zoo/p0', { labels: { query: String(query.length) } }));
      expect(await next(stream, 1)).to.deep.equal(['MODIFIED p0 Pending']);
    }
  });

  it('10.1.3 a list at a too large version returns a 504 with its cause, and a list without a version succeeds', async () => {
    const future = later(version, 9n);
    const response = list(`resourceVersion=${future}`);
    await rig.waiting();
    await rig.pass(3000);
    const { status, headers, body } = await response;
    expect([status, headers['retry-after'], body.reason]).to.deep.equal([504, '1', 'Timeout']);
    expect(body.details.causes).to.deep.equal([
      { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
    ]);
    expect((await list('')).body.items).to.have.length(2);
  });

  it('10.1.3 a relist at the last seen version never returns an older state', async () => {
    const stream = watch(version);
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    const seen = versionOf(await stream.next());
    rig.pods.replace(pod('shop/a', { phase: 'Failed' }));
    const { body } = await list(`resourceVersion=${seen}`);
    expect(BigInt(body.metadata.resourceVersion) > BigInt(seen)).to.equal(true);
    expect(body.items).to.have.length(1);
  });

  it('10.1.4 a watch can resume from every event: ADDED, MODIFIED, DELETED and BOOKMARK', async () => {
    let at = version;
    const seen: string[] = [];
    for (const change of [
      () => rig.pods.add(pod('shop/c')),
      () => rig.pods.modify(pod('shop/c', { phase: 'Running' })),
      () => rig.pods.bookmark(),
      () => rig.pods.delete('shop/c'),
      () => rig.pods.add(pod('shop/c')),
    ]) {
      const stream = watch(at);
      await rig.waiting();
      while (rig.watchers === 0) await rig.pass(0);
      change();
      await rig.pass(60_000);
      const line = await stream.next();
      seen.push(eventText(line));
      at = versionOf(line);
      stream.cancel();
      while (rig.watchers > 0) await rig.pass(0);
    }
    expect(seen).to.deep.equal([
      'ADDED c Pending',
      'MODIFIED c Running',
      'BOOKMARK',
      'DELETED c Running',
      'ADDED c Pending',
    ]);
  });

  it('10.1.4 an ERROR 410 ends the stream, and a list at the last version succeeds', async () => {
    const stream = watch(version);
    while (rig.watchers === 0) await rig.pass(0);
    rig.pods.replace(pod('shop/x'), pod('shop/y'));
    while (rig.watchers > 0) await rig.pass(1000);
    expect(await rest(stream)).to.deep.equal([]);
    const again = watch(version);
    const [error, over] = await lines(again, 2);
    expect([error?.type, objectOf(error).code, over]).to.deep.equal(['ERROR', 410, undefined]);
    const { body } = await list(`resourceVersion=${version}`);
    expect(body.items.map((item: any) => item.metadata.name)).to.deep.equal(['x', 'y']);
    const resumed = watch(body.metadata.resourceVersion);
    while (rig.watchers === 0) await rig.pass(0);
    rig.pods.delete('shop/x');
    expect(await next(resumed, 1)).to.deep.equal(['DELETED x Pending']);
  });

  it('10.1.5 a watch without events lasts for the requested timeout, with a bookmark each minute', async () => {
    const stream = watch(version);
    while (rig.watchers === 0) await rig.pass(0);
    for (let minute = 0; minute < 7; minute += 1) await rig.pass(60_000);
    await rig.pass(30_999);
    expect(rig.watchers).to.equal(1);
    await rig.pass(1);
    // Seven minutes, and the bookmark before the end.
    expect(await rest(stream)).to.deep.equal(Array.from({ length: 8 }, () => 'BOOKMARK'));
  });

  it('10.1.6 every object in a list or watch has the requested kind', async () => {
    for (const accept of ACCEPTS) {
      const stream = watchList('unset', { accept });
      for (const line of await lines(stream, 3)) {
        expect([objectOf(line).kind, objectOf(line).apiVersion]).to.deep.equal(['PodSummary', 'example.com/v1']);
      }
    }
    const { body } = await list('limit=500');
    expect(body.kind).to.equal('PodSummaryList');
    for (const item of body.items) expect([item.kind, item.apiVersion]).to.deep.equal(['PodSummary', 'example.com/v1']);
  });

  it('10.1.7 retryable errors have a Retry-After of one second, so that ten retries are short', async () => {
    const response = list(`resourceVersion=${later(version, 9n)}`);
    await rig.waiting();
    await rig.pass(3000);
    expect((await response).headers['retry-after']).to.equal('1');
    rig.pods.gone();
    const refused = await list('resourceVersion=0');
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '1']);
  });

  it('10.1.8 an expired page returns 410, and a full list at the requested version succeeds', async () => {
    const small = await WatchRig.over(fakeInformer(...Array.from({ length: 30 }, (_, n) => pod(`zoo/p${n + 10}`))), {
      definition: { log: { entries: 3 } },
    });
    const first = await small.test.json(`${ROWS}?limit=10`);
    for (let n = 0; n < 9; n += 1) small.pods.modify(pod('zoo/p10', { labels: { n: String(n) } }));
    const second = await small.test.get(`${ROWS}?limit=10&continue=${first['metadata'].continue}`);
    expect([second.status, JSON.parse(second.text).reason]).to.deep.equal([410, 'Expired']);
    for (const at of ['', `resourceVersion=0`, `resourceVersion=${first['metadata'].resourceVersion}`]) {
      const whole = await small.test.json(`${ROWS}?${at}`);
      expect([whole['items'].length, whole['metadata'].continue]).to.deep.equal([30, undefined]);
    }
    await small.close();
  });

  it('10.1.9 RetryWatcher receives all events after its version, each with a version, and a 410 as a Status in an ERROR', async () => {
    const from = (resourceVersion: string): LineStream =>
      watchOf(ROWS, `allowWatchBookmarks=true&resourceVersion=${resourceVersion}&watch=true`);
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    rig.pods.delete('shop/b');
    const all = await lines(from(version), 2);
    expect(all.map(eventText)).to.deep.equal(['MODIFIED a Failed', 'DELETED b Pending']);
    for (const line of all) expect(versionOf(line)).to.match(/^[1-9][0-9]*$/);
    rig.pods.replace(pod('shop/x'), pod('shop/y'));
    const [error, over] = await lines(from(version), 2);
    expect(error?.object).to.deep.include({ kind: 'Status', code: 410, reason: 'Expired' });
    expect(over).to.equal(undefined);
  });

  for (const [title, path] of [
    ['10.2 versions of scheme upstream are comparable numbers, and identify one state of a row', ROWS],
    ['10.2 versions of scheme local are comparable numbers, and identify one state of a row', `${BASE}/allpods`],
  ] as const) {
    it(title, async () => {
      const random = seededRandom(3);
      const server = await TestServer.listening({ resources: [podSummaries(rig.pods), localRows(rig.pods)] });
      const contents = new Map<string, string>();
      const check = (object: any): bigint => {
        const { name, resourceVersion } = object.metadata;
        expect(resourceVersion).to.match(/^[1-9][0-9]*$/);
        expect(BigInt(resourceVersion) < 2n ** 63n).to.equal(true);
        const key = `${name}@${resourceVersion}`;
        const content = JSON.stringify(object);
        expect(contents.get(key) ?? content).to.equal(content);
        contents.set(key, content);
        return BigInt(resourceVersion);
      };
      const start = (await server.json(path))['metadata'].resourceVersion;
      const stream = server.http2.watch(`${path}?watch=1&resourceVersion=${start}`);
      let last = 0n;
      for (let n = 0; n < 60; n += 1) {
        const key = `shop/${'abc'[Math.floor(random() * 3)]}`;
        const there = rig.pods.get(key) !== undefined;
        if (there && random() < 0.3) rig.pods.delete(key);
        else rig.pods[there ? 'modify' : 'add'](pod(key, { labels: { n: String(n % 4) } }));
        const { items, metadata } = await server.json(path);
        for (const item of items) check(item);
        expect(BigInt(metadata.resourceVersion) >= last, 'versions of lists never decrease').to.equal(true);
        last = BigInt(metadata.resourceVersion);
      }
      let at = BigInt(start);
      while (at < last) {
        const line = await stream.next();
        // A DELETED event has the previous content at a new version.
        const position = line?.type === 'DELETED' ? BigInt(versionOf(line)) : check(objectOf(line));
        expect(position > at, 'versions of events increase').to.equal(true);
        at = position;
      }
      await server.close();
    });
  }
});
