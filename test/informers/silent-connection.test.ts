import { expect } from 'chai';
import { once } from 'node:events';
import http from 'node:http';
import type { Http2Session } from 'node:http2';
import { type AddressInfo, connect, Socket } from 'node:net';
import { ConnectionError } from '../../src/informers/errors.ts';
import { KubeTransport, type KubeTransportOptions } from '../../src/informers/kube-transport.ts';
import { FaultyProxy } from '../system/faulty-proxy.ts';
import { tlsServer, type TlsServer } from './tls-server.ts';

const PINGS = { interval: 60, timeout: 30 };

describe('a connection to a server that has died without closing it', () => {
  let server: TlsServer;
  let proxy: FaultyProxy;
  let transport: KubeTransport;
  /** An HTTP proxy with tunnels, and its URL. */
  let tunnels: http.Server;
  let sessions: Set<Http2Session>;

  beforeEach(async () => {
    server = await tlsServer();
    proxy = await FaultyProxy.to(Number(new URL(server.url).port));
    sessions = new Set();
    server.handle = (request, response) => {
      if (request.httpVersionMajor === 2 && request.stream.session !== undefined) sessions.add(request.stream.session);
      // A watch of a quiet resource: the response begins, and nothing follows.
      if (request.url === '/watch') response.write('');
      else if (request.url !== '/slow') response.end('{}');
    };
    tunnels = http.createServer().on('connect', (request, near) => {
      const far = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        near.write('HTTP/1.1 200 OK\r\n\r\n');
        near.pipe(far).pipe(near);
      });
      far.on('error', () => near.destroy());
      near.on('error', () => far.destroy());
      near.on('close', () => far.destroy());
    });
    tunnels.listen(0, '127.0.0.1');
    await once(tunnels, 'listening');
  });
  afterEach(async () => {
    await transport.close();
    await proxy.refuse();
    await server.close();
    tunnels.close();
  });

  function open(options: KubeTransportOptions = {}, cluster: Record<string, unknown> = {}): void {
    const config = server.config(undefined, { server: `https://127.0.0.1:${proxy.port}`, ...cluster });
    transport = new KubeTransport(config, { pings: PINGS, ...options });
  }
  const tunnelUrl = (): string => `http://127.0.0.1:${(tunnels.address() as AddressInfo).port}`;
  const failureOf = (request: Promise<unknown>): Promise<unknown> =>
    request.then(
      () => undefined,
      (error: unknown) => error,
    );

  for (const way of ['directly', 'through an HTTP proxy'] as const) {
    it(`fails all its requests, also before their first frame, and the next request connects again (${way})`, async () => {
      open({}, way === 'directly' ? {} : { proxyUrl: tunnelUrl() });
      const watch = await transport.open('/watch', { idleTimeout: 0 });
      const slow = failureOf(transport.get('/slow', { idleTimeout: 0 }));
      const broken = new Promise<Error>((resolve) => watch.body.on('error', resolve));
      proxy.freeze();
      watch.body.resume();
      const failures = [transport.failure(await broken, undefined), await slow];
      for (const failure of failures) {
        expect(failure).to.be.instanceOf(ConnectionError);
        expect((failure as Error).message).to.contain('the connection is dead: nothing has arrived for 0.09 s');
      }
      await proxy.restore();
      expect(await transport.get('/')).to.deep.equal({});
    });

    it(`is not one that is quiet: the server replies to pings, and the watch stays open (${way})`, async () => {
      open({}, way === 'directly' ? {} : { proxyUrl: tunnelUrl() });
      const watch = await transport.open('/watch', { idleTimeout: 0 });
      const fifthPing = new Promise<string>((resolve) => {
        let pings = 0;
        for (const session of sessions)
          session.on('ping', () => {
            pings += 1;
            if (pings === 5) resolve('open after five pings');
          });
      });
      const broken = new Promise((resolve) => watch.body.on('error', resolve).resume());
      expect(await Promise.race([fifthPing, broken])).to.equal('open after five pings');
      watch.body.destroy();
    });
  }

  it('sends TCP keep-alive probes after 30 s on each kind of connection, because HTTP/1.1 has no pings', async () => {
    const original = Socket.prototype.setKeepAlive;
    const delays: unknown[] = [];
    Socket.prototype.setKeepAlive = function (this: Socket, ...parameters: unknown[]): Socket {
      if (parameters[0] === true) delays.push(parameters[1]);
      return Reflect.apply(original, this, parameters);
    };
    try {
      // A request with further headers uses HTTP/1.1.
      for (const cluster of [{}, { proxyUrl: tunnelUrl() }]) {
        open({}, cluster);
        await transport.get('/', { headers: { 'x-any': 'value' } });
        await transport.close();
      }
      const plain = http.createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
      await once(plain, 'listening');
      open({}, { server: `http://127.0.0.1:${(plain.address() as AddressInfo).port}` });
      await transport.get('/');
      await transport.close();
      plain.close();
    } finally {
      Socket.prototype.setKeepAlive = original;
    }
    expect(delays.length).to.be.greaterThan(3);
    expect(new Set(delays)).to.deep.equal(new Set([30_000]));
  });
});
