import { once } from 'node:events';
import { expect } from 'chai';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import type { ShutdownOptions } from '../../src/server/api-server.ts';
import { rawEndpoint } from '../../src/server/define/raw-endpoint.ts';
import { type FakeInformer, fakeInformer, pod, settled } from '../../src/testing/informers/index.ts';
import { Http2Client, type LineStream, requestOnce } from '../support/https-client.ts';
import { BASE, podSummaries, servingAuthority, servingCertificate, TestServer, until } from '../support/test-server.ts';
import { requestHeaderConfig } from './access/proxy.ts';

const ROWS = `${BASE}/podsummaries`;

describe('close() of a server', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let finish: () => void;
  let asleep: number;
  const start = async (shutdown?: ShutdownOptions): Promise<void> => {
    test = await TestServer.listening({ shutdown, resources: [podSummaries(pods), slow()] });
  };
  const slow = (): ReturnType<typeof rawEndpoint> => {
    const slept = new Promise<void>((resolve) => {
      finish = resolve;
    });
    return rawEndpoint({
      name: 'slow',
      paths: {
        '': {
          GET: async (ctx) => {
            asleep += 1;
            await slept;
            ctx.body = { slept: true };
          },
        },
      },
    });
  };
  const watches = async (count: number): Promise<LineStream[]> => {
    const streams = Array.from({ length: count }, () => test.http2.watch(`${ROWS}?watch=1`));
    for (const stream of streams) expect((await stream.next())?.type).to.equal('ADDED');
    return streams;
  };
  const readyz = async (): Promise<number> => (await test.get('/readyz')).status;

  beforeEach(() => {
    asleep = 0;
    pods = fakeInformer(pod('shop/web'));
  });
  afterEach(async () => {
    finish();
    await test.close();
  });

  it('makes the server unready, and everything else works until the delay is over', async () => {
    await start({ delay: 30_000 });
    const [stream] = await watches(1);
    expect(await readyz()).to.equal(200);
    const closed = test.server.close();
    await until(() => test.clock.waiting > 1);
    expect(await readyz()).to.equal(500);
    expect((await test.get('/livez')).status).to.equal(200);
    expect((await test.get(ROWS)).status).to.equal(200);
    test.clock.advance(29_999);
    pods.add(pod('shop/late'));
    expect((await stream?.next())?.type).to.equal('ADDED');
    expect(test.server.counts()).to.include({ watchers: 1, ready: false });
    test.clock.advance(1);
    expect(await stream?.next()).to.equal(undefined);
    await closed;
    expect(test.clock.waiting).to.equal(0);
  });

  it('refuses new requests with 503 while its watches end one after the other', async () => {
    await start();
    const streams = await watches(6);
    const sessionEnds = once(test.http2.session, 'close');
    const closed = test.server.close();
    await until(() => test.server.counts().watchers === 5);
    const other = new Http2Client(test.client);
    for (const response of [await test.get(ROWS), await other.request('/apis')]) {
      expect(response.status).to.equal(503);
      expect(response.headers).to.include({ 'retry-after': '1', 'content-type': 'application/json' });
      expect(JSON.parse(response.text)).to.deep.include({
        reason: 'ServiceUnavailable',
        message: 'apiserver is shutting down',
        details: { retryAfterSeconds: 1 },
      });
    }
    if (!other.session.closed) await once(other.session, 'close');
    expect((await test.get(ROWS)).headers['connection']).to.equal('close');
    expect(await readyz()).to.equal(500);
    expect((await test.get('/livez')).status).to.equal(200);
    for (const left of [5, 4, 3, 2, 1]) {
      expect(test.server.counts().watchers).to.equal(left);
      // The remaining watchers still receive events.
      pods.add(pod(`shop/while-${left}`));
      expect((await streams.at(-1)?.next())?.type).to.equal('ADDED');
      test.clock.advance(500);
      await settled();
    }
    await closed;
    await sessionEnds;
    for (const stream of streams) {
      let events = 0;
      while ((await stream.next()) !== undefined) events += 1;
      expect(events).to.be.below(6);
    }
    expect(test.clock.waiting).to.equal(0);
  });

  it('spreads the ends of watches over watchGracePeriod', async () => {
    await start({ watchGracePeriod: 10_000 });
    await watches(2);
    const closed = test.server.close();
    await until(() => test.server.counts().watchers === 1);
    test.clock.advance(4999);
    await settled();
    expect(test.server.counts().watchers).to.equal(1);
    test.clock.advance(1);
    await closed;
  });

  for (const [first, options] of [
    ['waits', { delay: 30_000 }],
    ['ends its watches', { watchGracePeriod: 10_000 }],
  ] as const) {
    it(`ends the server immediately if it is called again while the server ${first}`, async () => {
      await start(options);
      const streams = await watches(3);
      const closed = test.server.close();
      await until(() => test.clock.waiting > 3 || test.server.counts().watchers < 3);
      await Promise.all([test.server.close(), closed]);
      for (const stream of streams) expect(await stream.next()).to.equal(undefined);
      expect(test.clock.waiting).to.equal(0);
    });
  }

  it('waits for pending responses, but only 100 ms if it is called again', async () => {
    await start();
    const response = test.http2.request(`${BASE}/slow`).catch(() => 'cut');
    await until(() => asleep === 1);
    const closed = test.server.close();
    // Two timers: the deadline of the request, and the second in which clients can leave.
    await until(() => test.clock.waiting === 2);
    const again = test.server.close();
    // Three timers: the deadline, the minute, and the 100 ms.
    await until(() => test.clock.waiting === 3);
    test.clock.advance(100);
    await Promise.all([closed, again]);
    expect(await response).to.equal('cut');
    finish();
    await until(() => test.clock.waiting === 0);
  });

  it('cuts a client that does not read the rest of its watch for five seconds', async () => {
    pods = fakeInformer(
      ...Array.from({ length: 500 }, (_, index) => pod(`shop/${index}`, { labels: { text: 'x'.repeat(1000) } })),
    );
    await start();
    const stream = test.http2.session.request({ ':path': `${ROWS}?watch=1` });
    // Without a reset, the client would take half a line for the end of the watch.
    const cut = once(stream, 'error');
    await once(stream, 'response');
    await until(() => test.server.counts().watchers === 1);
    const closed = test.server.close();
    await until(() => test.server.counts().watchers === 0);
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    test.clock.advance(4999);
    for (let turns = 0; turns < 10; turns += 1) await settled();
    expect(isClosed).to.equal(false);
    test.clock.advance(1);
    await closed;
    expect(String(await cut)).to.include('NGHTTP2_INTERNAL_ERROR');
    expect(test.clock.waiting).to.equal(0);
  });

  it('waits for the shutdown that an aborted signal has begun, without forcing it', async () => {
    const abort = new AbortController();
    test = new TestServer({ resources: [podSummaries(pods), slow()] }, (await servingAuthority()).certificate);
    await test.server.listen({ port: 0, host: '127.0.0.1', tls: await servingCertificate(), signal: abort.signal });
    await watches(2);
    abort.abort();
    const closed = test.server.close();
    await until(() => test.server.counts().watchers === 1);
    expect(test.clock.waiting).to.be.above(0);
    test.clock.advance(1500);
    await closed;
  });
});

describe('a response with 401', () => {
  let test: TestServer;

  beforeEach(async () => {
    test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
    });
  });
  afterEach(() => test.close());

  it('closes an HTTP/2 connection after its pending responses (conformance 7.2)', async () => {
    const { session } = test.http2;
    const ended = once(session, 'close');
    const responses = await Promise.all([
      test.http2.request(ROWS),
      test.http2.request('/livez'),
      test.http2.request('/readyz'),
    ]);
    expect(responses.map(({ status }) => status)).to.deep.equal([401, 200, 200]);
    await ended;
  });

  it('keeps an HTTP/1.1 connection open', async () => {
    const response = await requestOnce(ROWS, { ...test.client, headers: { connection: 'keep-alive' } });
    expect([response.status, response.headers['connection']]).to.deep.equal([401, 'keep-alive']);
  });
});
