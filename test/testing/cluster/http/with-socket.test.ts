import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';

import { certificateAuthority } from '../../../../src/certificates.ts';
import { testCluster } from '../support/without-socket.ts';
import type { TestCluster } from '../support/without-socket.ts';

const WATCH = '/api/v1/configmaps?watch=1&resourceVersion=1000';

interface Serving extends TestCluster {
  readonly url: string;
}

describe('apiHandler() on a socket', () => {
  let cluster: Serving;
  let server: http2.Http2SecureServer;
  let tls: { cert: string; key: string };
  let agent: Agent;
  const sessions = new Set<http2.ServerHttp2Session>();

  before(async () => {
    const authority = await certificateAuthority('test');
    const { certificate, key } = await authority.issue({
      commonName: 'localhost',
      dnsNames: ['localhost'],
      usage: 'server',
    });
    tls = { cert: certificate, key };
  });

  beforeEach(async () => {
    const made = testCluster();
    server = http2.createSecureServer({ ...tls, allowHTTP1: true }, (incoming, outgoing) => {
      void made.api.handle(incoming, outgoing, { name: 'admin', groups: [] });
    });
    server.on('session', (session) => {
      sessions.add(session);
      session.on('close', () => sessions.delete(session));
    });
    server.listen(0);
    await once(server, 'listening');
    cluster = { ...made, url: `https://localhost:${(server.address() as AddressInfo).port}` };
  });

  afterEach(async () => {
    await agent.destroy();
    for (const session of sessions) session.destroy();
    server.close();
  });

  for (const allowH2 of [true, false]) {
    describe(allowH2 ? 'HTTP/2' : 'HTTP/1.1', () => {
      const send = (path: string, options: Omit<Dispatcher.RequestOptions, 'path' | 'origin'> = { method: 'GET' }) => {
        return request(`${cluster.url}${path}`, { ...options, dispatcher: agent });
      };

      beforeEach(() => {
        agent = new Agent({ allowH2, connect: { rejectUnauthorized: false } });
      });

      it('creates and lists', async () => {
        const body = JSON.stringify({ metadata: { name: 'a' } });
        const made = await send('/api/v1/namespaces/default/configmaps', {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        });
        expect(made.statusCode).to.equal(201);
        await made.body.dump();
        const listed = (await (await send('/api/v1/configmaps')).body.json()) as { items: object[] };
        expect(listed.items).to.have.length(1);
        expect(sessions.size > 0).to.equal(allowH2);
      });

      it('streams a watch from its start and ends it cleanly', async () => {
        const { body, statusCode } = await send(WATCH);
        expect([statusCode, cluster.api.openWatches()]).to.deep.equal([200, 1]);
        const text = body.text();
        cluster.store.create('configmaps', { metadata: { name: 'a' } });
        await new Promise((resolve) => setImmediate(resolve));
        cluster.api.endWatches();
        expect(JSON.parse(await text)).to.deep.include({ type: 'ADDED' });
      });

      it('cuts a watch, which the client sees as an error', async () => {
        const { body } = await send(WATCH);
        const text = body.text().then(
          () => 'a clean end',
          () => 'an error',
        );
        cluster.api.cutWatches();
        expect(await text).to.equal('an error');
      });

      it('removes a watch whose client has disconnected', async () => {
        const { body } = await send(WATCH);
        const gone = new Promise<void>((resolve) => {
          const look = (): void => void (cluster.api.openWatches() === 0 ? resolve() : setImmediate(look));
          look();
        });
        body.on('error', () => undefined);
        body.destroy();
        await gone;
        cluster.store.create('configmaps', { metadata: { name: 'a' } });
      });
    });
  }

  it('removes a client that resets with NO_ERROR while an event is being written', async () => {
    agent = new Agent({ connect: { rejectUnauthorized: false } });
    const session = http2.connect(cluster.url, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    const stream = session.request({ ':path': WATCH });
    stream.resume();
    stream.end();
    await once(stream, 'response');
    expect(cluster.api.openWatches()).to.equal(1);
    // Both sides have read all data.
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    cluster.store.create('configmaps', { metadata: { name: 'reset', namespace: 'default' } });
    // This sends RST_STREAM with the code 0.
    stream.destroy();
    for (let turn = 0; turn < 1000 && cluster.api.openWatches() > 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(cluster.api.openWatches()).to.equal(0);
    session.destroy();
  });
});
