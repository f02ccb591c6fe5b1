import { expect } from 'chai';
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  connect,
  type Http2Sessions,
  http2Sessions,
} from '../../../../src/testing/cluster/aggregator/http2-sessions.ts';
import { servingCertificate } from '../../../support/test-server.ts';
import { FaultyProxy } from '../../../system/faulty-proxy.ts';
import { until } from '../../../support/until.ts';

const INTERVAL_MS = 40;

describe('http2Sessions()', () => {
  let backend: Http2SecureServer;
  let ofBackend: Set<ServerHttp2Session>;
  let tcp: Socket | undefined;
  let pings: number;
  let pools: Http2Sessions[];

  beforeEach(async () => {
    [ofBackend, pings, pools] = [new Set(), 0, []];
    backend = http2.createSecureServer(await servingCertificate());
    backend.on('connection', (socket) => (tcp = socket));
    backend.on('session', (session) => {
      ofBackend.add(session);
      session.on('ping', () => (pings += 1)).on('error', () => undefined);
    });
    backend.on('sessionError', () => undefined);
    backend.on('stream', (stream) => {
      stream.on('error', () => undefined).respond();
      backend.once('event', () => stream.write('an event'));
    });
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
  });

  afterEach(() => {
    for (const pool of pools) pool.close();
    for (const session of ofBackend) session.destroy();
    backend.close();
  });

  function sessionsTo(port = (backend.address() as AddressInfo).port): Http2Sessions {
    const target = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] };
    const pool = http2Sessions((signal) => connect(target, signal), INTERVAL_MS);
    pools.push(pool);
    return pool;
  }

  /** Opens a session, and waits until nothing is being written. */
  async function open(pool: Http2Sessions): Promise<ClientHttp2Session> {
    expect(await pool.open()).to.equal('h2');
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    const free = pool.free();
    if (free === undefined) throw new Error('the pool has no session');
    return free.session;
  }

  /** Sends a request that replies to each event of its response in two writes: the second begins while the first is in progress. */
  async function converse(session: ClientHttp2Session): Promise<void> {
    const stream = session.request({ ':method': 'POST' }).on('error', () => undefined);
    await once(stream, 'response');
    stream.on('data', () => {
      stream.write('a reply');
      queueMicrotask(() => stream.write('another reply'));
    });
  }

  it('drops a session that the backend resets while the aggregator writes', async () => {
    const pool = sessionsTo();
    const sessions: ClientHttp2Session[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const session = await open(pool);
      sessions.push(session);
      await converse(session);
      backend.emit('event');
      await nextTurn();
      tcp?.resetAndDestroy();
      // The pool opens a session for the next request only when it knows that this one is gone.
      await until(() => pool.free() === undefined);
    }
    expect(sessions.every(({ destroyed }) => destroyed)).to.equal(true);
  });

  it('drops a session whose backend is gone, and opens another one', async () => {
    const proxy = await FaultyProxy.to((backend.address() as AddressInfo).port);
    const pool = sessionsTo(proxy.port);
    const session = await open(pool);
    const watch = session.request().on('error', () => undefined);
    await once(watch, 'response');
    proxy.freeze();
    await until(() => watch.destroyed);
    expect(pool.free()).to.equal(undefined);
    await proxy.restore();
    expect(await open(pool)).to.not.equal(session);
    pool.close();
    await proxy.refuse();
  });

  it('keeps the session of a quiet backend that replies to pings', async () => {
    const pool = sessionsTo();
    const session = await open(pool);
    const watch = session.request().on('error', () => undefined);
    await once(watch, 'response');
    await until(() => pings > 8);
    expect(watch.destroyed).to.equal(false);
    expect(pool.free()?.session).to.equal(session);
  });
});
