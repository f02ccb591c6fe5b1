import { expect } from 'chai';
import { once } from 'node:events';
import http2, { type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { DeadSessions } from '../src/dead-sessions.ts';
import { servingCertificate } from './support/test-server.ts';
import { VanishingClient } from './support/vanishing-client.ts';
import { FaultyProxy } from './system/faulty-proxy.ts';
import { until } from './support/until.ts';

const INTERVAL_MS = 40;

describe('DeadSessions', () => {
  let server: Http2SecureServer;
  let sessions: ServerHttp2Session[];
  let ended: number;
  let pings: number;

  beforeEach(async () => {
    [sessions, ended, pings] = [[], 0, 0];
    server = http2.createSecureServer(await servingCertificate());
    const dead = new DeadSessions(INTERVAL_MS);
    server.on('session', (session) => {
      sessions.push(session);
      dead.watch(session);
    });
    server.on('sessionError', () => undefined);
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.once('close', () => (ended += 1));
      stream.respond();
      // The second write begins while the first one is in progress.
      stream.write('an event of a watch');
      queueMicrotask(() => stream.write('an event of a watch'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });

  const port = (): number => (server.address() as AddressInfo).port;

  it('ends the watches of a client that resets its connection while the server writes', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) await (await VanishingClient.to(port())).sendAndReset();
    await until(() => sessions.length === 10 && sessions.every(({ destroyed }) => destroyed));
  });

  it('keeps the connection of a client that sends nothing but replies to pings', async () => {
    const client = await VanishingClient.to(port());
    client.session.on('ping', () => (pings += 1));
    client.send();
    await until(() => pings > 8);
    expect(sessions[0]?.destroyed).to.equal(false);
    client.session.destroy();
    await until(() => ended === 1);
  });

  it('closes the connection of a client that is gone', async () => {
    const proxy = await FaultyProxy.to(port());
    const client = await VanishingClient.to(proxy.port);
    client.session.on('ping', () => (pings += 1));
    client.send();
    await until(() => pings > 0);
    proxy.freeze();
    await until(() => sessions[0]?.destroyed === true);
    client.session.destroy();
    await proxy.refuse();
  });
});
