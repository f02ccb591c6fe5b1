/** Clients that never read their responses: they cost seats for a minute, and no memory for each response. */
import { expect } from 'chai';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { requestOnce } from '../../support/https-client.ts';
import { podSummaries, until } from '../../support/test-server.ts';
import { AttackedServer, type Client, SHOP, whoami } from './attacked-server.ts';
import { FrameConnection, requestFrames } from './http2-frames.ts';

/** A quarter of the reads that the server handles at once. */
const SHARE = 100;

describe('an attacker that never reads', () => {
  let server: AttackedServer;
  let proxy: Client;
  let connection: FrameConnection;

  beforeEach(async () => {
    // A list of 16 MB.
    const rows = Array.from({ length: 2000 }, (_, n) => pod(`shop/p-${n}`, { labels: { note: 'x'.repeat(8000) } }));
    server = await AttackedServer.listening({ resources: [podSummaries(fakeInformer(...rows)), whoami] });
    proxy = await server.proxy();
    connection = new FrameConnection({ ...server.test.client, client: proxy });
  });
  afterEach(async () => {
    connection.close();
    await server.close();
  });

  const list = async (user: string): Promise<number> => {
    const options = { ...server.test.client, client: proxy, headers: { 'x-remote-user': user } };
    return (await requestOnce(`${SHOP}?limit=1`, options)).status;
  };

  it('holds its share of the seats, no copy of the list, and nothing after the timeout', async () => {
    const before = process.memoryUsage().arrayBuffers;
    // The windows of the connection and its streams stay at 64 KiB, because the client never says that it has read.
    for (let n = 0; n < SHARE + 20; n += 1) {
      connection.write(
        requestFrames(2 * n + 1, [
          [':method', 'GET'],
          [':scheme', 'https'],
          [':authority', 'localhost'],
          [':path', SHOP],
          ['x-remote-user', 'alice'],
        ]),
      );
    }
    await until(() => server.audited.length === 20);
    expect(server.audited.map(({ code }) => code)).to.deep.equal(Array.from({ length: 20 }, () => 429));
    expect(await list('alice')).to.equal(429);
    expect(await list('admin')).to.equal(200);
    // Copies would need 1.6 GB.
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(200 * 1024 * 1024);
    server.test.clock.advance(60_000);
    expect((await connection.reaction()).end).to.match(/^reset \d+$/);
    await until(() => server.audited.filter(({ user }) => user === 'alice').length >= SHARE + 21);
    expect(await list('alice')).to.equal(200);
  });
});
