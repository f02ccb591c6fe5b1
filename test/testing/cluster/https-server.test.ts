import { Agent, get } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { expect } from 'chai';
import { certificateAuthority } from '../../../src/certificates.ts';
import { type HttpsServer, httpsServer } from '../../../src/testing/cluster/https-server.ts';
import { VanishingClient } from '../../support/vanishing-client.ts';
import { FaultyProxy } from '../../system/faulty-proxy.ts';
import { NAGLE_MS, shortestOf } from '../../support/shortest-time.ts';
import { until } from '../../support/until.ts';

describe('httpsServer()', () => {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  let server: HttpsServer;

  before(async () => {
    const authority = await certificateAuthority('cluster');
    server = await httpsServer({
      host: '127.0.0.1',
      port: 0,
      certificate: await authority.issue({ commonName: 'x', dnsNames: ['localhost'], usage: 'server' }),
      clientCa: authority.certificate,
      onRequest: (_request, response) => {
        const stream: Writable = response;
        stream.write('one');
        setImmediate(() => {
          stream.write('two');
          stream.end('three');
        });
      },
    });
  });
  after(async () => {
    agent.destroy();
    await server.close();
  });

  async function request(): Promise<IncomingMessage> {
    const [response] = (await once(get({ port: server.port, host: '127.0.0.1', agent }), 'response')) as [
      IncomingMessage,
    ];
    response.resume();
    await once(response, 'end');
    return response;
  }

  it('announces that an idle HTTP/1.1 connection stays open for at least 90 s', async () => {
    const { headers } = await request();
    const [, seconds = ''] = /^timeout=(\d+)$/.exec(String(headers['keep-alive'])) ?? [];
    expect(Number(seconds)).to.be.at.least(90);
  });

  it('sends a response of several writes without waiting for acknowledgements', async () => {
    expect(await shortestOf(request)).to.be.below(NAGLE_MS);
  });
});

describe('httpsServer() with clients that vanish', () => {
  let server: HttpsServer;
  let open: number;

  beforeEach(async () => {
    open = 0;
    const authority = await certificateAuthority('cluster');
    server = await httpsServer({
      host: '127.0.0.1',
      port: 0,
      certificate: await authority.issue({ commonName: 'x', dnsNames: ['localhost'], usage: 'server' }),
      clientCa: authority.certificate,
      checkInterval: 40,
      onRequest: (_request, response) => {
        open += 1;
        response.once('close', () => (open -= 1));
        const stream: Writable = response;
        stream.on('error', () => undefined).write('an event of a watch');
        queueMicrotask(() => stream.write('an event of a watch'));
      },
    });
  });
  afterEach(() => server.close());

  it('ends the watches of a client that resets its connection while the server writes', async () => {
    const client = await VanishingClient.to(server.port);
    client.send();
    await until(() => open === 1);
    for (let attempt = 0; attempt < 10; attempt += 1) await (await VanishingClient.to(server.port)).sendAndReset();
    await until(() => open === 1);
    client.session.destroy();
    await until(() => open === 0);
  });

  it('ends the watches of a client that is gone, and not those of one that replies to pings', async () => {
    const proxy = await FaultyProxy.to(server.port);
    const [gone, quiet] = [await VanishingClient.to(proxy.port), await VanishingClient.to(server.port)];
    let pings = 0;
    quiet.session.on('ping', () => (pings += 1));
    gone.send();
    quiet.send();
    await until(() => open === 2);
    proxy.freeze();
    await until(() => open === 1);
    pings = 0;
    await until(() => pings > 8);
    expect([open, quiet.session.destroyed]).to.deep.equal([1, false]);
    for (const { session } of [gone, quiet]) session.destroy();
    await proxy.refuse();
  });
});
