import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { NotReadyError } from '../../../src/projections/errors.ts';
import { notReady } from '../../../src/server/read/view-errors.ts';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

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
    it(`asks for patience of ${retryAfter} s after ${seconds} s`, () => {
      const { status, code, headers } = notReady(new NotReadyError('why', seconds * 1000));
      expect(code).to.equal(429);
      expect(headers).to.deep.equal({ 'Retry-After': String(retryAfter) });
      expect(status).to.deep.include({ reason: 'TooManyRequests', message: 'storage is (re)initializing: why' });
      expect(status.details).to.deep.equal({ retryAfterSeconds: retryAfter });
    });
  }
});

describe('a server without rows', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({ name: 'pods', objects: [pod('shop/web')], notSynced: true });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  afterEach(() => test.close());

  const expectRefused = async (): Promise<void> => {
    for (const path of READS) {
      const { status, headers, text } = await test.get(path);
      expect(status, path).to.equal(429);
      expect(headers['retry-after'], path).to.match(/^[0-9]+$/);
      expect(JSON.parse(text).message, path).to.match(/^storage is \(re\)initializing: pods/);
    }
    expect((await test.get('/readyz')).status).to.equal(500);
    expect((await test.get('/livez')).status).to.equal(200);
    expect((await test.get(BASE)).status).to.equal(200);
    expect((await test.get('/apis')).status).to.equal(200);
    expect(test.server.counts()).to.include({ rows: 0, watchers: 0, ready: false });
    expect(test.log.of('error')).to.deep.equal([]);
  };

  it('refuses reads with 429 before the first sync, while discovery and health answer', async () => {
    await expectRefused();
    pods.sync();
    expect((await test.json(ROWS))['items']).to.have.length(1);
    expect((await test.get('/readyz')).text).to.equal('ok');
    expect(test.server.counts()).to.include({ rows: 1, watchers: 0, ready: true });
  });

  it('refuses them after the source has gone, ends the watches, and answers when it is back', async () => {
    pods.sync();
    const stream = test.http2.watch(`${ROWS}?watch=1`);
    expect((await stream.next())?.type).to.equal('ADDED');
    pods.gone();
    expect(await stream.next(), 'no DELETED for what only ceased to be known').to.equal(undefined);
    await expectRefused();
    test.clock.advance(30_000);
    expect((await test.get(ROWS)).headers['retry-after']).to.equal('6');
    pods.replace(pod('shop/web'), pod('shop/db'));
    expect((await test.json(ROWS))['items']).to.have.length(2);
  });

  it('refuses who waits for a version when the source goes', async () => {
    pods.sync();
    const version = BigInt((await test.json(ROWS))['metadata'].resourceVersion) + (5n << 20n);
    const answer = test.get(`${ROWS}?resourceVersion=${version}`);
    await until(() => test.clock.waiting > 0);
    pods.gone();
    expect((await answer).status).to.equal(429);
    expect(test.clock.waiting).to.equal(0);
  });

  it('goes on from memory when upstream is only silent', async () => {
    pods.sync();
    pods.goSilent();
    expect((await test.json(ROWS))['items']).to.have.length(1);
    expect((await test.get('/readyz')).status).to.equal(200);
  });
});
