/**
 * Confusing paths. The server decides about and serves the same path, so that no spelling of a path reaches objects that its user may not
 * read. Each path is sent by `alice`, who may read nothing of the bank, over HTTP/1.1 and HTTP/2.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { BASE } from '../../support/test-server.ts';
import { attackedInSuite, type AttackedServer, BANK, type Client, SECRET, SHOP } from './attacked-server.ts';
import { FrameConnection, requestFrames } from './http2-frames.ts';
import { exchange, requestBytes } from './raw-connection.ts';

const ENCODED = encodeURIComponent(BANK);
/** Ways to write the list of the bank, or a path from the shop to the bank. */
const TARGETS: readonly string[] = [
  BANK,
  `${BASE}/podsummaries`,
  `${BASE}//podsummaries`,
  `${BASE}/namespaces//podsummaries`,
  `${BASE}/namespaces/shop//podsummaries`,
  `/${BANK}`,
  `//${BANK}`,
  BANK.replaceAll('/', '//'),
  ENCODED,
  `/${ENCODED}`,
  `${SHOP}/../../bank/podsummaries`,
  `${SHOP}/..%2f..%2fbank%2fpodsummaries`,
  `${SHOP}/%2e%2e/%2e%2e/bank/podsummaries`,
  `${SHOP}/%252e%252e/%252e%252e/bank/podsummaries`,
  `${SHOP}/..;/..;/bank/podsummaries`,
  `${SHOP}/..\\..\\bank\\podsummaries`,
  `${SHOP}%5c..%5c..%5cbank`,
  `${BASE}/namespaces/shop/../bank/podsummaries`,
  `${BASE}/namespaces/shop;x=bank/podsummaries`,
  `${BASE}/namespaces/shop%2f..%2fbank/podsummaries`,
  `${BASE}/namespaces/shop%00bank/podsummaries`,
  `${BASE}/namespaces/shop/podsummaries/../../bank/podsummaries/${SECRET}`,
  `${BASE}/namespaces/%62ank/podsummaries`,
  `${BASE}/namespaces/BANK/podsummaries`,
  `${BASE}/namespaces/ｂank/podsummaries`,
  `${BASE}/namespaces/bank%20/podsummaries`,
  `${BASE}/namespaces/bank./podsummaries`,
  `${BASE}/namespaces/bank/podsummaries;shop`,
  `${BASE}/namespaces/bank/podsummaries/${SECRET}`,
  `${BASE}/podsummaries/${SECRET}`,
  `${BASE}/watch/namespaces/bank/podsummaries`,
  `${BASE}/watch/podsummaries`,
  `${BASE}/watch/namespaces/bank/podsummaries/${SECRET}`,
  `${BASE}/proxy/namespaces/bank/podsummaries/${SECRET}`,
  `${SHOP}?fieldSelector=metadata.namespace=bank`,
  `${SHOP}?fieldSelector=metadata.name=${SECRET}`,
  `${SHOP}?namespace=bank`,
  `${SHOP}?limit=1&continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"bank/"}').toString('base64url')}`,
  `${BANK}?watch=true`,
  `${BANK}?fieldSelector=metadata.namespace=shop`,
  `${BANK}#${SHOP}`,
  `${SHOP}%23/../../bank/podsummaries`,
  `${BANK}?#/../../shop/podsummaries`,
  `https://localhost${BANK}`,
  `http://localhost${BANK}`,
  `https://alice:x@localhost${BANK}`,
  `https://localhost${SHOP}/../../bank/podsummaries`,
  `HTTPS://LOCALHOST${BANK}`,
  `//localhost${BANK}`,
  `\\\\localhost${BANK}`,
  `file://${BANK}`,
  `javascript:${BANK}`,
  'localhost:443',
  '*',
  '?',
  `.${BANK}`,
  `%2f${BANK}`,
  BANK.slice(1),
  `/livez/..${BANK}`,
  `/livez%2f..${BANK}`,
  `/livez?${BANK}`,
  `/livez;${BANK}`,
  `/readyz#${BANK}`,
  `/healthz\\..${BANK}`,
];
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'get', 'DELETE'];

describe('an attacker that confuses paths', () => {
  let server: AttackedServer;
  let proxy: Client;

  attackedInSuite((...started) => ([server, proxy] = started));

  /** Sends a request over HTTP/1.1. */
  const send = async (method: string, target: string): Promise<{ status: number; text: string }> => {
    const bytes = requestBytes(`${method} ${target} HTTP/1.1`, ['X-Remote-User: alice', 'Connection: close']);
    const text = await exchange({ ...server.test.client, client: proxy }, Buffer.from(bytes));
    return { status: Number(text.slice(9, 12)), text };
  };

  /** Fails if a response has anything of the bank, except what the client has sent itself, or leads to another place. */
  const expectNothing = (target: string, status: number, text: string): void => {
    expect(status, target).to.satisfy((code: number) => (code >= 200 && code < 300) || (code >= 400 && code < 500));
    if (status < 400) expect(text, target).to.not.contain(SECRET);
    expect(text, target).to.not.match(/^location:/im);
    for (const { user, namespace, resource, code } of server.audited) {
      if (code >= 400) continue;
      expect([user ?? 'alice', resource === undefined ? 'shop' : namespace], target).to.deep.equal(['alice', 'shop']);
    }
  };

  for (const target of TARGETS) {
    it(`finds nothing of others at ${JSON.stringify(target)}`, async () => {
      const { status, text } = await send('GET', target);
      expectNothing(target, status, text);
      server.audited.length = 0;
      const connection = new FrameConnection({ ...server.test.client, client: proxy });
      const path = Buffer.from(target).toString('latin1');
      connection.write(
        requestFrames(1, [
          [':method', 'GET'],
          [':scheme', 'https'],
          [':authority', 'localhost'],
          [':path', path],
          ['x-remote-user', 'alice'],
        ]),
      );
      const { end, body } = await connection.reaction();
      connection.close();
      // A path without a slash is no valid path in HTTP/2.
      expect(end).to.equal(target.startsWith('/') ? 'response' : 'reset 1');
      expectNothing(target, body.includes('"status":"Failure"') ? 400 : 200, body);
    });
  }

  for (const method of METHODS) {
    it(`finds nothing of others by the method ${method}`, async () => {
      const targets = [BANK, `${BANK}/${SECRET}`, `${BASE}/podsummaries`, '*', `https://localhost${BANK}`, 'bank:443'];
      for (const target of targets) {
        const { status, text } = await send(method, target);
        expectNothing(target, status, text);
        expect(status, target).to.be.within(400, 499);
      }
    });
  }

  it('receives no response to the method CONNECT', async () => {
    for (const target of ['localhost:443', BANK, `https://localhost${BANK}`]) {
      expect(await send('CONNECT', target)).to.deep.equal({ status: 0, text: '' });
    }
    expect(server.audited).to.deep.equal([]);
  });

  it('finds nothing of others at any path', async () => {
    const names = ['apis', 'example.com', 'v1', 'namespaces', 'shop', 'bank', 'podsummaries', SECRET, 'watch', 'proxy'];
    const signs = [
      '..',
      '.',
      '',
      '%2e%2e',
      '%2f',
      ';',
      '\\',
      '%5c',
      '%00',
      '*',
      'livez',
      '%252f',
      '?',
      '#',
      '%62ank',
      ':',
    ];
    const part = fc.constantFrom(...names, ...signs);
    const path = (maxLength: number): fc.Arbitrary<string> =>
      fc.array(part, { maxLength }).map((parts) => parts.join('/'));
    const targets = fc.oneof(
      path(10).map((end) => `/${end}`),
      path(6).map((end) => `${SHOP}/${end}`),
      path(4).map((end) => `${BASE}/namespaces/${end}`),
      path(4).map((end) => `https://localhost${BASE}/${end}`),
    );
    // An allowed watch does not end.
    const ending = targets.filter((target) => !/watch.*shop/.test(target));
    await fc.assert(
      fc.asyncProperty(ending, async (target) => {
        server.audited.length = 0;
        const { status, text } = await send('GET', target);
        expectNothing(target, status, text);
      }),
      { numRuns: 200 },
    );
  });
});
