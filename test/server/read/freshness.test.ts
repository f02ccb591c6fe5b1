import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import type { SourceStatus } from '../../../src/informers/collection/source-status.ts';
import { ExpiredError, NotReadyError } from '../../../src/projections/errors.ts';
import { lastHeard, notReady, sourceAges, waitUntilReached } from '../../../src/server/read/freshness.ts';
import { fakeClock, FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { ScriptedSource, thing } from '../../projections/scripted-source.ts';
import { tensView } from '../../projections/view-rig.ts';
import { BASE, podSummaries, requestWaits, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;
const READS = [
  ROWS,
  `${ROWS}?resourceVersion=0`,
  `${ROWS}?resourceVersion=5`,
  `${ROWS}?limit=1&resourceVersion=5`,
  `${ROWS}?watch=1`,
  `${ROWS}?watch=1&resourceVersion=5`,
  `${ROWS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  `${BASE}/watch/podsummaries`,
  `${BASE}/namespaces/shop/podsummaries/web`,
  `${BASE}/namespaces/shop/podsummaries/none?resourceVersion=7`,
];

const NOW = 1_000_000;
const source = (name: string, lastActivity: number | undefined): SourceStatus => ({
  name,
  lastActivity,
  hasSynced: true,
  ready: true,
  message: undefined,
  unsyncedSince: undefined,
});

describe('waitUntilReached()', () => {
  it('expires a version that a restore has undone at once, and waits for a version that upstream has', async () => {
    const source = Object.assign(ScriptedSource.at(10, thing('a/x', 5, 40)), {
      hasReached: async (version: string): Promise<boolean> => Number(version) <= 12,
    });
    const view = tensView(source);
    const at = (version: number): bigint => view.position + (BigInt(version - 10) << 20n);
    const context = { clock: fakeClock(), signal: new AbortController().signal };
    const [existing, lost] = [at(12), at(13)];
    const error = await waitUntilReached(view, lost, context).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ExpiredError);
    const reached = waitUntilReached(view, existing, context);
    source.bookmark(12);
    await reached;
  });
});

describe('notReady()', () => {
  for (const [seconds, retryAfter] of [
    [0, 1],
    [11, 1],
    [12, 2],
    [30, 6],
    [56, 28],
    [57, 30],
    [1e9, 30],
  ] as const) {
    it(`sends Retry-After ${retryAfter} after ${seconds} s`, () => {
      const { status, code, headers } = notReady(new NotReadyError('why', seconds * 1000));
      expect(code).to.equal(429);
      expect(headers).to.deep.equal({ 'Retry-After': String(retryAfter) });
      expect(status).to.deep.include({ reason: 'TooManyRequests', message: 'storage is (re)initializing: why' });
      expect(status.details).to.deep.equal({ retryAfterSeconds: retryAfter });
    });
  }
});

describe('notReady() of a source that waits for a person', () => {
  for (const [seconds, retryAfter] of [
    [0, 1],
    [11, 1],
    [12, 2],
    [57, 2],
    [1e9, 2],
  ] as const) {
    it(`sends Retry-After ${retryAfter} after ${seconds} s`, () => {
      const { headers } = notReady(new NotReadyError('not allowed', seconds * 1000, true));
      expect(headers).to.deep.equal({ 'Retry-After': String(retryAfter) });
    });
  }
});

describe('a server whose view is not ready', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({ name: 'pods', objects: [pod('shop/web')], notSynced: true });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  afterEach(() => test.close());

  const expectRefused = async ({ ready }: { ready: boolean }): Promise<void> => {
    for (const path of READS) {
      const { status, headers, text } = await test.get(path);
      expect(status, path).to.equal(429);
      expect(headers['retry-after'], path).to.match(/^[0-9]+$/);
      expect(JSON.parse(text).message, path).to.match(/^storage is \(re\)initializing: pods/);
    }
    expect((await test.get('/readyz')).status).to.equal(ready ? 200 : 500);
    expect((await test.get('/livez')).status).to.equal(200);
    expect((await test.get(BASE)).status).to.equal(200);
    expect((await test.get('/apis')).status).to.equal(200);
    expect(test.server.counts()).to.include({ rows: 0, watchers: 0, ready });
    expect(test.log.of('error')).to.deep.equal([]);
  };

  it('responds to reads with 429 before the first sync, while discovery and health work', async () => {
    await expectRefused({ ready: false });
    pods.sync();
    expect((await test.json(ROWS))['items']).to.have.length(1);
    expect((await test.get('/readyz')).text).to.equal('ok');
    expect(test.server.counts()).to.include({ rows: 1, watchers: 0, ready: true });
  });

  it('responds to reads with 429 and ends the watches when the source is removed, until it is back', async () => {
    pods.sync();
    const stream = test.http2.watch(`${ROWS}?watch=1`);
    expect((await stream.next())?.type).to.equal('ADDED');
    pods.gone();
    expect(await stream.next(), 'no DELETED for what only ceased to be known').to.equal(undefined);
    await expectRefused({ ready: true });
    test.clock.advance(30_000);
    expect((await test.get(ROWS)).headers['retry-after']).to.equal('6');
    pods.replace(pod('shop/web'), pod('shop/db'));
    expect((await test.json(ROWS))['items']).to.have.length(2);
  });

  it('responds with 429 to a request that waits for a version when the source is removed', async () => {
    pods.sync();
    const version = BigInt((await test.json(ROWS))['metadata'].resourceVersion) + (5n << 20n);
    const response = test.get(`${ROWS}?resourceVersion=${version}`);
    await requestWaits(test);
    pods.gone();
    expect((await response).status).to.equal(429);
    expect(test.clock.waiting).to.equal(0);
  });

  it('serves from memory when the upstream is silent', async () => {
    pods.sync();
    pods.goSilent();
    expect((await test.json(ROWS))['items']).to.have.length(1);
    expect((await test.get('/readyz')).status).to.equal(200);
  });
});

describe('sourceAges()', () => {
  for (const [result, sources, text] of [
    ['undefined without sources', [], undefined],
    ['the seconds of one source', [source('pods', NOW - 412)], 'pods=0.412'],
    [
      'the seconds of each source',
      [source('pods', NOW), source('deployments.apps', NOW - 3_600_000)],
      'pods=0.000, deployments.apps=3600.000',
    ],
    ['unknown for a source that has sent nothing', [source('pods', undefined)], 'pods=unknown'],
    ['zero after the clock was set back', [source('pods', NOW + 5000)], 'pods=0.000'],
    [
      'names that are encoded for a header',
      [source('pods (a,b; app=ü)', NOW)],
      'pods%20(a%2Cb%3B%20app%3D%C3%BC)=0.000',
    ],
  ] as const) {
    it(`returns ${result}`, () => expect(sourceAges(sources, NOW)).to.equal(text));
  }

  it('has a readable form, lastHeard()', () => {
    expect(lastHeard(source('pods', NOW - 61_240), NOW)).to.equal('last heard 61.2s ago');
    expect(lastHeard(source('pods', undefined), NOW)).to.equal('never heard');
  });
});

describe('X-Kubefacet-Source-Age', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let now: () => number = () => NOW;
  const ages = async (path: string): Promise<unknown> => (await test.get(path)).headers['x-kubefacet-source-age'];

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({ name: 'pods', objects: [pod('shop/web')], clock: { now: () => now() - 250 } });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
    now = () => test.clock.now();
    pods.relist();
    test.clock.advance(1000);
  });
  afterEach(() => test.close());

  for (const path of [
    'podsummaries',
    'podsummaries?limit=1',
    'namespaces/shop/podsummaries',
    'namespaces/shop/podsummaries/web',
    'podsummaries?watch=1&resourceVersion=1',
  ]) {
    it(`is a header of ${path}, and restarts with every event or bookmark`, async () => {
      expect(await ages(`${BASE}/${path}`)).to.equal('pods=1.250');
      pods.bookmark();
      expect(await ages(`${BASE}/${path}`)).to.equal('pods=0.250');
      pods.modify(pod('shop/web', { phase: 'Running' }));
      test.clock.advance(90_000);
      expect(await ages(`${BASE}/${path}`)).to.equal('pods=90.250');
    });
  }

  it('is a header of an open watch', async () => {
    const stream = test.http2.session.request({ ':path': `${BASE}/podsummaries?watch=1` });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.on('response', resolve));
    expect(headers['x-kubefacet-source-age']).to.equal('pods=1.250');
    stream.close();
  });

  for (const path of ['podsummaries?limit=x', 'namespaces/shop/podsummaries/none', 'nothing', '']) {
    it(`is not a header of /${path}, an error or a path without a view`, async () => {
      expect(await ages(`${BASE}/${path}`)).to.equal(undefined);
    });
  }
});
