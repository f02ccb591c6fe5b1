import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { Http2Client } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const ROWS = `${BASE}/podsummaries`;
const TIMEOUT_MS = 30_000;

describe('NewConnections', () => {
  let test: TestServer;
  const opened: { destroy(): void }[] = [];

  beforeEach(async () => {
    test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
      limits: { newConnections: 5, authenticationTimeout: DEFAULT_LIMITS.authenticationTimeout },
    });
  });

  afterEach(() => {
    for (const one of opened.splice(0)) one.destroy();
    return test.close();
  });

  const tcp = async (): Promise<Socket> => {
    const socket = connectTcp(test.client.port, '127.0.0.1');
    opened.push(socket.on('error', () => undefined).resume());
    await once(socket, 'connect');
    return socket;
  };

  const tls = async (client = {}): Promise<TLSSocket> => {
    const options = { ...test.client, ...client, host: '127.0.0.1', servername: 'localhost' };
    const socket = connectTls({ ...options, ALPNProtocols: ['http/1.1'] });
    opened.push(socket.on('error', () => undefined).resume());
    await once(socket, 'secureConnect');
    return socket;
  };

  const http2 = (): Http2Client => {
    const client = new Http2Client(test.client);
    opened.push(client.session);
    return client;
  };

  const proxy = async (): Promise<Http2Client> => {
    const client = new Http2Client({ ...test.client, client: await proxyCertificate() });
    opened.push(client.session);
    return client;
  };

  const counted = (count: number): Promise<void> => until(() => test.server.counts().newConnections === count);

  const expectNothingLeft = async (): Promise<void> => {
    await counted(0);
    await until(() => test.server.counts().connections === 0);
    expect(test.clock.waiting).to.equal(0);
  };

  /** Advances the clock by the timeout, and expects that the connection was open until then. */
  const expectTimeout = async (connection: { on(event: 'close', listener: () => void): unknown }): Promise<void> => {
    let isClosed = false;
    connection.on('close', () => (isClosed = true));
    await counted(1);
    test.clock.advance(TIMEOUT_MS - 1);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(isClosed).to.equal(false);
    test.clock.advance(1);
    await until(() => isClosed);
    await expectNothingLeft();
  };

  describe('closes after 30 s a connection', () => {
    it('without a TLS handshake', async () => expectTimeout(await tcp()));

    it('with a TLS handshake that does not end', async () => {
      const socket = await tcp();
      socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
      await expectTimeout(socket);
    });

    it('that sends nothing over HTTP/1.1', async () => expectTimeout(await tls()));

    it('that sends one header after the other, but not the last', async () => {
      const socket = await tls();
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
      for (let count = 0; count < 10; count += 1) socket.write(`X-${count}: a\r\n`);
      await counted(1);
      let isClosed = false;
      socket.on('close', () => (isClosed = true));
      test.clock.advance(TIMEOUT_MS);
      await until(() => test.clock.waiting === 0 || isClosed);
      // A client that does not close its side keeps the connection for five more seconds.
      test.clock.advance(5000);
      await until(() => isClosed);
      await expectNothingLeft();
    });

    it('that opens no stream over HTTP/2', async () => {
      const { session } = http2();
      await once(session, 'connect');
      await expectTimeout(session);
    });

    it('that never becomes HTTP/2 after it was negotiated', async () => {
      const socket = connectTls({ ...test.client, host: '127.0.0.1', servername: 'localhost', ALPNProtocols: ['h2'] });
      opened.push(socket.on('error', () => undefined).resume());
      await once(socket, 'secureConnect');
      await expectTimeout(socket);
    });

    it('that only asks for health', async () => {
      const client = http2();
      expect((await client.request('/livez')).text).to.equal('ok');
      await expectTimeout(client.session);
    });

    it('whose requests all fail to authenticate', async () => {
      const socket = await tls();
      socket.write(`GET ${ROWS} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await once(socket, 'data');
      await expectTimeout(socket);
    });

    it('whose upload never ends, although it was refused', async () => {
      const session = connectHttp2(`https://localhost:${test.client.port}`, {
        ...test.client,
        servername: 'localhost',
      });
      opened.push(session.on('error', () => undefined));
      const stream = session.request({ ':path': ROWS, ':method': 'POST' }).on('error', () => undefined);
      stream.resume().write('{');
      await once(stream, 'response');
      // The response to a client without an identity ends its HTTP/2 connection.
      await until(() => session.closed || session.destroyed);
      test.clock.advance(TIMEOUT_MS);
      test.clock.advance(5000);
      await expectNothingLeft();
    });
  });

  it('closes the oldest of too many connections', async () => {
    const closed: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const socket = index % 2 === 0 ? await tcp() : await tls();
      socket.on('close', () => closed.push(index));
      await until(() => test.server.counts().newConnections === Math.min(5, index + 1));
    }
    await until(() => closed.length === 3);
    expect(closed.toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2]);
  });

  it('lets authenticated clients in while others occupy all places', async () => {
    for (let index = 0; index < 20; index += 1) await tcp();
    const client = await proxy();
    expect((await client.request(ROWS, { 'x-remote-user': 'ann' })).status).to.equal(200);
    for (let index = 0; index < 20; index += 1) await tcp();
    expect((await client.request(ROWS, { 'x-remote-user': 'ann' })).status).to.equal(200);
  });

  it('leaves an authenticated connection open while it is idle', async () => {
    const client = await proxy();
    const http1 = await tls({ ...(await proxyCertificate()) });
    let text = '';
    http1.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const send = (): boolean => http1.write(`GET ${ROWS} HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: ann\r\n\r\n`);
    send();
    expect((await client.request(ROWS, { 'x-remote-user': 'ann' })).status).to.equal(200);
    await until(() => text.includes('HTTP/1.1 200'));
    expect(test.server.counts()).to.include({ connections: 2, newConnections: 0 });
    test.clock.advance(3_600_000);
    text = '';
    send();
    expect((await client.request(ROWS, { 'x-remote-user': 'ann' })).status).to.equal(200);
    await until(() => text.includes('HTTP/1.1 200'));
  });
});
