import { Agent, get } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { expect } from 'chai';
import { certificateAuthority } from '../../../src/certificates.ts';
import { type HttpsServer, httpsServer } from '../../../src/testing/cluster/https-server.ts';

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
    const before = performance.now();
    for (let n = 0; n < 50; n += 1) await request();
    // With Nagle's algorithm, each response takes 40 ms, together 2 s.
    expect(performance.now() - before).to.be.below(1500);
  });
});
