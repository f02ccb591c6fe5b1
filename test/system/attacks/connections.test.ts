/** Half-open connections: their TLS handshake never ends. */
import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { requestOnce } from '../../support/https-client.ts';
import { until } from '../../support/test-server.ts';
import { AttackedServer, type Client, SHOP } from './attacked-server.ts';

/** The server may have 1,000 such connections by default. With 200, the test needs about 600 file descriptors, which every machine has. */
const MAX_NEW = 200;
/** Ten times the bound, which takes some seconds. `HALF_OPEN=10000` opens more. */
const HALF_OPEN = Number(process.env['HALF_OPEN'] ?? 2000);
const AT_ONCE = 100;

describe('an attacker that keeps connections', () => {
  let server: AttackedServer;
  let proxy: Client;
  afterEach(() => server.close());

  it('half-open occupies a bounded number of places, and other clients are served', async function halfOpen() {
    this.timeout(60_000);
    server = await AttackedServer.listening({
      limits: { newConnections: MAX_NEW, authenticationTimeout: 2 ** 31 },
    });
    proxy = await server.proxy();
    const options = { ...server.test.client, client: proxy, headers: { 'x-remote-user': 'alice' } };
    const open = new Set<Socket>();
    let opened = 0;
    let most = 0;
    const attack = async (): Promise<void> => {
      while (opened < HALF_OPEN) {
        opened += 1;
        await new Promise<void>((resolve) => {
          const socket = connect(server.test.client.port, '127.0.0.1', () => {
            // The beginning of a ClientHello.
            socket.write(Buffer.of(0x16, 0x03, 0x01));
            resolve();
          });
          open.add(socket);
          socket.on('error', () => undefined);
          socket.on('close', () => {
            open.delete(socket);
            resolve();
          });
        });
        if (opened % 100 === 0) most = Math.max(most, server.test.server.counts().newConnections);
        if (opened % 500 === 0) expect((await requestOnce(SHOP, options)).status).to.equal(200);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attack));
    expect(opened).to.be.at.least(HALF_OPEN);
    expect(most).to.be.within(MAX_NEW / 2, MAX_NEW);
    await until(() => open.size <= MAX_NEW);
    expect((await requestOnce(SHOP, options)).status).to.equal(200);
    for (const socket of open) socket.destroy();
  });
});
