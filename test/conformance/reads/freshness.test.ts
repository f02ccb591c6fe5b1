import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { BASE, names, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { localSummaries } from './reads-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

const ROWS = `${BASE}/podsummaries`;
const ROW = `${BASE}/namespaces/birch/podsummaries/api`;
const later = (position: string, versions: bigint): string => (BigInt(position) + (versions << 20n)).toString();
const tokenAt = (version: string): string =>
  Buffer.from(`{"v":"meta.k8s.io/v1","rv":${version},"start":"ash/api\\u0000"}`).toString('base64url');

describe('waiting for a version', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let version: string;

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({ objects: [pod('ash/api'), pod('birch/api')] });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
    version = (await test.json(ROWS))['metadata'].resourceVersion;
  });
  afterEach(() => test.close());

  /** The number of timers: the deadline of a request, and the deadline of its wait. */
  const isWaiting = (): boolean => test.clock.waiting === 2;

  /** All reads that wait for a version `future`. */
  const waiting = (future: string): readonly (readonly [what: string, path: string])[] => [
    ['a list without a match', `${ROWS}?resourceVersion=${future}`],
    ['a limited list without a match', `${ROWS}?resourceVersion=${future}&limit=1`],
    ['a NotOlderThan list', `${ROWS}?resourceVersion=${future}&resourceVersionMatch=NotOlderThan`],
    ['an Exact list', `${ROWS}?resourceVersion=${future}&resourceVersionMatch=Exact`],
    ['a continued list', `${ROWS}?continue=${tokenAt(future)}`],
    ['a get', `${ROW}?resourceVersion=${future}`],
    ['a get of a missing object', `${ROW}x?resourceVersion=${future}`],
  ];

  it('1.2 responds with 504 and Retry-After after at most three seconds, for every kind of read', async () => {
    const future = later(version, 5n);
    for (const [what, path] of waiting(future)) {
      const response = test.get(path);
      await until(isWaiting);
      test.clock.advance(2999);
      await settled();
      expect(isWaiting(), what).to.equal(true);
      test.clock.advance(1);
      const { status, headers, text } = await response;
      expect([what, status, headers['retry-after']]).to.deep.equal([what, 504, '1']);
      expect(JSON.parse(text), what).to.deep.equal({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Timeout: Too large resource version: ${future}, current: ${version}`,
        reason: 'Timeout',
        details: {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
        code: 504,
      });
    }
  });

  it('1.2 ends when an event brings the version', async () => {
    const count = waiting(version).length - 1;
    const fasterPods = new FakeInformer<V1Pod>({ objects: pods.list() });
    const faster = await TestServer.listening({ resources: [podSummaries(fasterPods)] });
    for (let index = 0; index < count; index += 1) {
      // A faster replica has received the same change.
      fasterPods.modify(pod('birch/api', { labels: { index: String(index) } }));
      const future = (await faster.json(ROWS))['metadata'].resourceVersion;
      const [what, path] = waiting(future)[index] ?? ['', ''];
      const response = test.json(path);
      await until(isWaiting);
      pods.modify(pod('birch/api', { labels: { index: String(index) } }));
      const { items, metadata } = await response;
      expect(revisionOf(metadata.resourceVersion), what).to.equal(revisionOf(future));
      if (items !== undefined) expect(metadata.resourceVersion, what).to.equal(future);
      const last = items === undefined ? metadata : items.at(-1).metadata;
      if (metadata.continue === undefined) expect(last.labels, what).to.deep.equal({ index: String(index) });
    }
    await faster.close();
  });

  it('1.2 ends when a bookmark brings the version', async () => {
    const response = test.json(`${ROWS}?resourceVersion=${later(version, 3n)}`);
    await until(isWaiting);
    pods.bookmark();
    await settled();
    expect(isWaiting()).to.equal(true);
    pods.bookmark();
    pods.bookmark();
    expect((await response)['metadata'].resourceVersion).to.equal(later(version, 3n));
    expect(test.clock.waiting).to.equal(0);
  });

  it('11.3 WaitUntilFreshAndGetList: lists everything that has arrived, with and without a selector', async () => {
    const future = later(version, 3n);
    const lists = [
      '',
      '&fieldSelector=status.phase%3DRunning',
      '&labelSelector=tier%3Dweb',
      '&labelSelector=missing',
    ].map((query) => test.json(`${ROWS}?resourceVersion=${future}${query}`));
    await until(() => test.clock.waiting === 2 * lists.length);
    pods.add(pod('cedar/one', { phase: 'Running', labels: { tier: 'web' } }));
    pods.add(pod('cedar/two', { phase: 'Running' }));
    pods.add(pod('cedar/three', { labels: { tier: 'web' } }));
    const responses = await Promise.all(lists);
    expect(responses.map(({ metadata }) => revisionOf(metadata.resourceVersion))).to.deep.equal(
      lists.map(() => revisionOf(future)),
    );
    expect(responses.map(names)).to.deep.equal([
      ['api', 'api', 'one', 'three', 'two'],
      ['one', 'two'],
      ['one', 'three'],
      [],
    ]);
  });

  it('11.3 WaitUntilFreshAndGet: returns an object that arrives during the wait', async () => {
    const response = test.json(`${BASE}/namespaces/cedar/podsummaries/new?resourceVersion=${later(version, 2n)}`);
    await until(isWaiting);
    pods.add(pod('cedar/other'));
    pods.add(pod('cedar/new'));
    expect(revisionOf((await response)['metadata'].resourceVersion)).to.equal(revisionAfter(version, 2));
  });

  it('11.1 ConsistentList: includes every event that the server has received, in every list', async () => {
    let last = BigInt(version);
    for (let write = 0; write < 5; write += 1) {
      pods.add(pod(`cedar/p${write}`));
      for (const query of ['', '?resourceVersion=0', `?continue=${tokenAt('-1')}`, '?limit=1']) {
        const { metadata } = await test.json(`${BASE}/namespaces/nowhere/podsummaries${query}`);
        expect(revisionOf(metadata.resourceVersion), query).to.equal(revisionAfter(version, write + 1));
        expect(BigInt(metadata.resourceVersion) >= last).to.equal(true);
        last = BigInt(metadata.resourceVersion);
      }
    }
  });

  it('11.3 GetWatchCacheResourceVersion: the version of lists follows bookmarks, even if no row changes', async () => {
    pods.bookmark();
    for (const query of ['', '?resourceVersion=0', `?resourceVersion=${version}`]) {
      const { items, metadata } = await test.json(`${ROWS}${query}`);
      expect(metadata.resourceVersion).to.equal(later(version, 1n));
      expect(items.map((item: PodItem) => revisionOf(item.metadata.resourceVersion))).to.deep.equal([
        revisionOf(version),
        revisionOf(version),
      ]);
    }
  });
});

interface PodItem {
  readonly metadata: { readonly resourceVersion: string };
}

describe('waiting for a version of a local view', () => {
  it('1.2 does not happen, because a local view only knows the versions that it has issued', async () => {
    const pods = new FakeInformer<V1Pod>({ objects: [pod('ash/api')] });
    const test = await TestServer.listening({ resources: [localSummaries(pods)] });
    const version = (await test.json(ROWS))['metadata'].resourceVersion;
    const future = later(version, 1n);
    expect((await test.json(`${ROWS}?resourceVersion=${future}`))['metadata'].resourceVersion).to.equal(version);
    expect((await test.get(`${BASE}/namespaces/ash/podsummaries/api?resourceVersion=${future}`)).status).to.equal(200);
    expect((await test.json(`${ROWS}?resourceVersion=${future}&resourceVersionMatch=Exact`))['code']).to.equal(410);
    expect((await test.json(`${ROWS}?continue=${tokenAt(future)}`))['code']).to.equal(410);
    await test.close();
  });
});
