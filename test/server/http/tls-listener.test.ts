import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { ListenError } from '../../../src/server/errors.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { fakeInformer, type FakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { Http2Client, requestOnce } from '../../support/https-client.ts';
import { NAGLE_MS, shortestOf } from '../../support/shortest-time.ts';
import {
  BASE,
  podSummaries,
  servingAuthority,
  servingCertificate,
  TestServer,
  until,
} from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;

/** A TLS connection for hand-written HTTP/1.1. */
class HandConnection {
  readonly #socket;
  text = '';
  closed = false;

  constructor(test: TestServer) {
    this.#socket = connectTls({
      ...test.client,
      host: '127.0.0.1',
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
    });
    this.#socket.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => (this.closed = true));
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  async send(text: string, until: string): Promise<void> {
    this.write(text);
    while (!this.text.includes(until)) await once(this.#socket, 'data');
  }

  async end(): Promise<void> {
    if (!this.closed) await once(this.#socket, 'close');
  }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('TlsListener', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let finish: () => void;
  let asleep: number;

  beforeEach(async () => {
    asleep = 0;
    pods = fakeInformer(pod('shop/web'));
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const endpoint = rawEndpoint({
      name: 'slow',
      paths: {
        '': {
          GET: async (ctx) => {
            asleep += 1;
            await slow;
            ctx.body = { slept: true };
          },
        },
      },
    });
    const pieces = rawEndpoint({
      name: 'pieces',
      paths: {
        '': {
          GET: async (ctx) => {
            ctx.respond = false;
            for (const piece of ['one', 'two', 'three']) {
              ctx.res.write(piece);
              await nextTurn();
            }
            ctx.res.end();
          },
        },
      },
    });
    test = await TestServer.listening({ resources: [podSummaries(pods), endpoint, pieces] });
  });

  afterEach(async () => {
    finish();
    await test.close();
  });

  it('handles HTTP/1.1 and HTTP/2 on one port, and keeps HTTP/1.1 connections open', async () => {
    expect((await test.get('/livez')).text).to.equal('ok');
    expect((await test.http2.request('/livez')).text).to.equal('ok');
    const hand = new HandConnection(test);
    await hand.send(get('/livez'), '\r\n\r\nok');
    hand.text = '';
    await hand.send(get('/livez'), '\r\n\r\nok');
  });

  it('announces that an idle HTTP/1.1 connection stays open for at least 90 s', async () => {
    const hand = new HandConnection(test);
    await hand.send(get('/livez'), '\r\n\r\nok');
    expect(Number(/^keep-alive: timeout=(\d+)/im.exec(hand.text)?.[1])).to.be.at.least(90);
  });

  it('sends a response of several writes without waiting for acknowledgements', async () => {
    const hand = new HandConnection(test);
    const shortest = await shortestOf(() => {
      hand.text = '';
      return hand.send(get(`${BASE}/pieces`), '\r\n0\r\n\r\n');
    });
    expect(shortest).to.be.below(NAGLE_MS);
  });

  it('responds with 400 to bytes that are not HTTP, and with nothing to bytes that are not TLS', async () => {
    const hand = new HandConnection(test);
    await hand.send('this is no HTTP\r\n\r\n', 'HTTP/1.1 400 Bad Request');
    await hand.end();
    const tcp = connectTcp(test.client.port, '127.0.0.1');
    tcp.on('error', () => undefined);
    tcp.resume().write('GET / HTTP/1.1\r\n\r\n');
    await once(tcp, 'close');
    expect((await test.get('/livez')).status).to.equal(200);
    expect(test.log.entries).to.deep.equal([]);
  });

  describe('close()', () => {
    it('closes watches, sessions, idle connections and handshakes', async () => {
      const streams = [test.http2.watch(`${ROWS}?watch=1`), new Http2Client(test.client).watch(`${ROWS}?watch=1`)];
      const http1 = requestOnce(`${ROWS}?watch=1`, test.client);
      for (const stream of streams) await stream.next();
      const idle = new HandConnection(test);
      await idle.send(get('/livez'), '\r\n\r\nok');
      const handshake = connectTcp(test.client.port, '127.0.0.1');
      handshake.on('error', () => undefined);
      handshake.resume();
      await once(handshake, 'connect');
      await until(() => test.server.counts().watchers === 3);
      const { port } = test.client;
      const sessionEnded = once(test.http2.session, 'close');
      const handshakeEnded = once(handshake, 'close');

      const closed = test.server.close();
      await until(() => test.server.counts().watchers === 2);
      test.clock.advance(3000);
      // A handshake has a second.
      await until(() => test.server.counts().watchers === 0);
      await settled();
      test.clock.advance(1000);
      await closed;

      for (const stream of streams) expect(await stream.next()).to.equal(undefined);
      expect((await http1).text).to.match(/\}\n$/);
      await Promise.all([sessionEnded, handshakeEnded, idle.end()]);
      expect(test.server.counts()).to.include({ rows: 0, watchers: 0, ready: false });
      expect(test.clock.waiting).to.equal(0);
      const refused = await requestOnce('/livez', { port, ca: '' }).catch((error: NodeJS.ErrnoException) => error);
      expect((refused as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED');
    });

    it('completes pending responses, including those of pipelined requests', async () => {
      const responses = [test.get(`${BASE}/slow`), test.http2.request(`${BASE}/slow`)];
      const hand = new HandConnection(test);
      hand.write(get(`${BASE}/slow`) + get('/livez'));
      await until(() => asleep === 3);
      let isClosed = false;
      const closed = test.server.close().then(() => (isClosed = true));
      for (let turns = 0; turns < 10; turns += 1) await settled();
      expect(isClosed).to.equal(false);
      finish();
      for (const response of await Promise.all(responses)) expect(response.text).to.equal('{"slept":true}');
      // An idle HTTP/1.1 connection has a second, in which a next request would get a response.
      test.clock.advance(1000);
      await hand.end();
      await closed;
      expect(hand.text).to.match(/^HTTP\/1.1 200 OK[^]*\{"slept":true\}HTTP\/1.1 200 OK[^]*\r\n\r\nok$/);
    });

    it('waits a minute at most', async () => {
      const responses = [test.get(`${BASE}/slow`), test.http2.request(`${BASE}/slow`)].map((response) =>
        response.then(({ status }) => status),
      );
      await until(() => asleep === 2);
      let isClosed = false;
      const closed = test.server.close().then(() => (isClosed = true));
      // Two timers are the deadlines of the two requests.
      await until(() => test.clock.waiting > 2);
      test.clock.advance(59_999);
      await settled();
      expect(isClosed).to.equal(false);
      test.clock.advance(1);
      expect(await Promise.all(responses)).to.deep.equal([504, 504]);
      await closed;
      finish();
    });

    it('can be called again, before listen(), and without listen()', async () => {
      await Promise.all([test.server.close(), test.server.close()]);
      await test.server.close();
      expect(() => test.server.port).to.throw('the server is not listening');
      const never = new TestServer({ resources: [podSummaries(pods)] }, '');
      await never.server.close();
    });

    it('ends a watch that is just being opened', async () => {
      const { resourceVersion } = (await test.json(ROWS))['metadata'];
      const future = BigInt(resourceVersion) + (1n << 20n);
      const stream = test.http2.watch(
        `${ROWS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=${future}`,
      );
      await until(() => test.clock.waiting > 0);
      const closed = test.server.close();
      pods.add(pod('shop/late'));
      expect(await stream.next()).to.equal(undefined);
      await closed;
      expect(viewsOf(test.server)[0]?.view.watchers).to.equal(0);
    });
  });

  describe('listen()', () => {
    it('reports in one line that the port is in use, and can be called again', async () => {
      const other = new TestServer({ resources: [podSummaries(pods)] }, (await servingAuthority()).certificate);
      const { port } = test.client;
      const tls = await servingCertificate();
      const error = await other.server.listen({ port, host: '127.0.0.1', tls }).catch((failure: unknown) => failure);
      expect(error).to.be.instanceOf(ListenError);
      expect((error as Error).message).to.equal(
        `cannot listen on 127.0.0.1:${port}: the port is in use; choose another port, or 0 for a free one`,
      );
      expect(viewsOf(other.server)[0]?.view.ready, 'nothing was started').to.equal(false);
      await other.server.listen({ port: 0, tls });
      expect((await other.get(ROWS)).status).to.equal(200);
      await other.close();
    });

    it('can be called once', async () => {
      const tls = await servingCertificate();
      const error = await test.server.listen({ port: 0, tls }).catch((failure: Error) => failure.message);
      expect(error).to.equal('the server is already listening');
      await test.server.close();
      expect(await test.server.listen({ port: 0, tls }).catch((failure: Error) => failure.message)).to.equal(
        'the server is closed',
      );
    });

    it('stops when its signal is aborted, at any time', async () => {
      const tls = await servingCertificate();
      for (const when of ['while it begins', 'later'] as const) {
        const abort = new AbortController();
        const other = new TestServer({ resources: [podSummaries(pods)] }, '');
        const listening = other.server.listen({ port: 0, tls, signal: abort.signal });
        if (when === 'later') await listening;
        abort.abort();
        await listening;
        const check = other.server.readiness().find(({ name }) => name === 'shutdown');
        expect(check?.problem, when).to.equal('the server is shutting down');
        await other.server.close();
        expect(() => other.server.port, when).to.throw('not listening');
      }
      const other = new TestServer({ resources: [podSummaries(pods)] }, '');
      const error = await other.server
        .listen({ port: 0, tls, signal: AbortSignal.abort() })
        .catch((failure: Error) => failure.name);
      expect(error).to.equal('AbortError');
    });

    it('closes everything if the server is closed before it listens', async () => {
      const other = new TestServer({ resources: [podSummaries(pods)] }, '');
      const listening = other.server.listen({ port: 0, tls: await servingCertificate() });
      await Promise.all([listening, other.server.close()]);
      expect(() => other.server.port).to.throw('not listening');
    });
  });

  it('advertises a header limit for users with very many groups', async () => {
    await test.http2.request('/livez');
    expect(test.http2.session.remoteSettings).to.include({
      maxHeaderListSize: 1024 * 1024,
      maxConcurrentStreams: 4000,
    });
  });

  it('accepts requests on a connection whose watches do not read', async () => {
    const big = { text: 'x'.repeat(60) };
    pods.add(...Array.from({ length: 2000 }, (_, i) => pod(`big/p${i}`, { labels: big })));
    const path = `${ROWS}?watch=1&allowWatchBookmarks=true`;
    for (let i = 0; i < 150; i += 1) {
      const stream = test.http2.session.request({ ':path': path });
      stream.on('error', () => undefined);
    }
    await until(() => test.server.counts().watchers === 150);
    expect((await test.http2.request('/livez')).text).to.equal('ok');
  });

  it('keeps an HTTP/2 connection open on which 1,500 watches are cancelled at once', async () => {
    const streams = Array.from({ length: 1500 }, () => test.http2.watch(`${ROWS}?watch=1&allowWatchBookmarks=true`));
    for (const stream of streams) {
      expect((await stream.next())?.type).to.equal('ADDED');
      expect((await stream.next())?.type).to.equal('BOOKMARK');
    }
    expect(test.server.counts().watchers).to.equal(1500);
    pods.add(pod('shop/more', { labels: { long: 'x'.repeat(60) } }));
    for (const stream of streams) expect((await stream.next())?.type).to.equal('ADDED');
    for (const stream of streams) stream.cancel();
    await until(() => test.server.counts().watchers === 0);
    expect((await test.http2.request('/livez')).text).to.equal('ok');
    expect(test.clock.waiting).to.equal(0);
    expect(viewsOf(test.server)[0]?.view.watchers).to.equal(0);
    expect(test.log.of('error')).to.deep.equal([]);
  });
});
