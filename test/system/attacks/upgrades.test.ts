/**
 * Upgrades (CVE-2018-1002105): a connection whose upgrade was refused must not carry further requests, because a proxy in between forwards
 * its bytes without reading them.
 */
import { expect } from 'chai';
import { attackedInSuite, type AttackedServer, BANK, type Client, SECRET, SHOP } from './attacked-server.ts';
import { exchange, requestBytes, responsesIn } from './raw-connection.ts';

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];
const HIDDEN = requestBytes(`GET ${BANK} HTTP/1.1`, ['X-Remote-User: admin', 'Connection: close']);

describe('an attacker that asks for an upgrade', () => {
  let server: AttackedServer;
  let proxy: Client;

  attackedInSuite((...started) => ([server, proxy] = started));

  for (const [title, line, user, status, headers] of [
    ['an object that its user may not watch', `GET ${BANK}?watch=1 HTTP/1.1`, 'alice', 403, UPGRADE],
    ['a path that does not exist', 'GET /nowhere HTTP/1.1', 'admin', 404, UPGRADE],
    ['a list, which is no watch', `GET ${BANK.replace('bank', 'shop')} HTTP/1.1`, 'alice', 200, UPGRADE],
    ['a watch at an invalid version', `GET ${SHOP}?watch=1&resourceVersion=x HTTP/1.1`, 'alice', 400, UPGRADE],
    ['no user', `GET ${SHOP}?watch=1 HTTP/1.1`, '', 401, UPGRADE],
    ['a subresource that does not exist', `GET ${SHOP}/web/exec HTTP/1.1`, 'alice', 404, UPGRADE],
    ['a health check', 'GET /livez HTTP/1.1', 'alice', 200, UPGRADE],
    ['another method', `POST ${SHOP}?watch=1 HTTP/1.1`, 'alice', 405, UPGRADE],
    ['SPDY', `POST ${SHOP}/web/exec HTTP/1.1`, 'alice', 404, ['Connection: Upgrade', 'Upgrade: SPDY/3.1']],
    ['a body', `POST ${SHOP} HTTP/1.1`, 'alice', 405, [...UPGRADE, `Content-Length: ${HIDDEN.length}`]],
    ['chunks', `POST ${SHOP} HTTP/1.1`, 'alice', 405, [...UPGRADE, 'Transfer-Encoding: chunked']],
  ] as const) {
    it(`with ${title} loses its connection after the response`, async () => {
      const bytes = requestBytes(line, [`X-Remote-User: ${user}`, ...headers]) + HIDDEN + HIDDEN;
      const text = await exchange({ ...server.test.client, client: proxy }, bytes);
      const responses = responsesIn(text);
      expect(responses.map((response) => response.status)).to.deep.equal([status]);
      expect(responses[0]?.head.toLowerCase()).to.contain('connection: close');
      expect(text).to.not.contain(SECRET).and.not.contain(' 101 ');
      expect(server.audited.filter((event) => event.user === 'admin' && event.namespace === 'bank')).to.deep.equal([]);
    });
  }

  it('and is allowed to has a WebSocket, whose frames are no requests', async () => {
    const bytes = requestBytes(`GET ${SHOP}?watch=1 HTTP/1.1`, ['X-Remote-User: alice', ...UPGRADE]) + HIDDEN;
    const text = await exchange({ ...server.test.client, client: proxy }, bytes);
    expect(text).to.match(/^HTTP\/1\.1 101 /);
    expect(text).to.not.contain(SECRET);
    expect(await server.requests(1)).to.satisfy((requests: string[]) =>
      requests.every((request) => request.startsWith('alice watch shop/podsummaries')),
    );
  });
});
