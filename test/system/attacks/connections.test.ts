/** Half-open connections: their TLS handshake never ends. */
import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { requestOnce } from '../../support/https-client.ts';
import { until } from '../../support/test-server.ts';
import { AttackedServer, SHOP } from './attacked-server.ts';

/** The number of half-open connections that the attacker opens. They take about ten seconds. */
const HALF_OPEN = Number(process.env['HALF_OPEN'] ?? 10_000);
/** The connections that begin at the same time. */
const AT_ONCE = 100;
/** The default of the server. */
const DEFAULT_MAX_NEW = 1000;
/** The file descriptors that other things of this process have: modules, other servers, pipes. */
const OTHER_FILES = 400;

describe('an attacker that keeps connections', () => {
  let server: AttackedServer | undefined;
  afterEach(() => server?.close());

  it('half-open occupies a bounded number of places, and other clients are served', async function halfOpen() {
    // Each connection has two ends in this process.
    const maximum = Math.min(DEFAULT_MAX_NEW, Math.floor((maxOpenFiles() - OTHER_FILES) / 2) - 2 * AT_ONCE);
    if (maximum < 100) {
      console.log(`      skipped: this process may have ${maxOpenFiles()} open files, and needs 1,000 (ulimit -n)`);
      this.skip();
    }
    server = await AttackedServer.listening({
      limits: { newConnections: maximum, authenticationTimeout: 2 ** 31 },
    });
    const { test } = server;
    const options = { ...test.client, client: await server.proxy(), headers: { 'x-remote-user': 'alice' } };
    const open = new Set<Socket>();
    let opened = 0;
    let most = 0;
    const attack = async (): Promise<void> => {
      while (opened < HALF_OPEN) {
        // The ends that the server has closed are still open here for a moment.
        while (open.size >= maximum + AT_ONCE) await new Promise(setImmediate);
        opened += 1;
        await new Promise<void>((resolve) => {
          const socket = connect(test.client.port, '127.0.0.1', () => {
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
        if (opened % 100 === 0) most = Math.max(most, test.server.counts().newConnections);
        if (opened % 500 === 0) expect((await requestOnce(SHOP, options)).status).to.equal(200);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attack));
    expect(opened).to.be.at.least(HALF_OPEN);
    expect(most).to.be.within(maximum / 2, maximum);
    await until(() => open.size <= maximum);
    expect((await requestOnce(SHOP, options)).status).to.equal(200);
    for (const socket of open) socket.destroy();
  });
});

/** Returns the maximum number of files that this process can have open. */
function maxOpenFiles(): number {
  const { userLimits } = process.report.getReport() as { readonly userLimits?: Record<string, { soft: unknown }> };
  const limit = Number(userLimits?.['open_files']?.soft);
  return Number.isNaN(limit) ? Infinity : limit;
}
