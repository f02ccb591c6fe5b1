/**
 * Spoofed identities over raw TLS: each client that is not the front proxy, with each way to write identity headers. Only `admin` may read
 * the objects of the bank, and no client here is `admin`.
 */
import { expect } from 'chai';
import { requestOnce } from '../../support/https-client.ts';
import { type TestCertificate, testCertificate, withChain } from '../../support/certificates.ts';
import { until } from '../../support/test-server.ts';
import { AttackedServer, BANK, type Client, type Decide, mayAccess, SECRET, WHOAMI } from './attacked-server.ts';
import { exchange, requestBytes, responsesIn } from './raw-connection.ts';

/** The ways to claim to be `admin`, as lines of the head of a request. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  'the headers of the front proxy': ['X-Remote-User: admin', 'X-Remote-Group: system:masters'],
  'headers in lower case': ['x-remote-user: admin', 'x-remote-group: system:masters'],
  'headers in upper case': ['X-REMOTE-USER: admin', 'X-REMOTE-GROUP: system:masters'],
  'headers with underscores': ['X_Remote_User: admin', 'X_Remote_Group: system:masters'],
  'a header twice': ['X-Remote-User: alice', 'X-Remote-User: admin'],
  'a header that Connection names': ['Connection: X-Remote-User', 'X-Remote-User: admin'],
  'groups alone': ['X-Remote-Group: system:masters', 'X-Remote-Uid: 1', 'X-Remote-Extra-Scopes: all'],
  'headers of other proxies': ['X-Forwarded-User: admin', 'X-Forwarded-Client-Cert: CN=admin', 'X-Remote-Uid: admin'],
  'a certificate in a header': [
    'X-SSL-Client-Verify: SUCCESS',
    'X-SSL-Client-S-DN: CN=admin',
    'SSL-Client-Cert: admin',
  ],
  'the address of the server': ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=127.0.0.1'],
  'another path in a header': [`X-Original-URL: ${BANK}`, `X-Rewrite-URL: ${BANK}`, 'X-Remote-User: admin'],
  impersonation: ['Impersonate-User: admin', 'Impersonate-Group: system:masters'],
};

describe('an attacker that claims another identity', () => {
  let server: AttackedServer;
  let proxyCa: TestCertificate;
  let clientCa: TestCertificate;
  let decide: Decide = mayAccess;

  before(async () => {
    server = await AttackedServer.listening({ decide: (user, access) => decide(user, access) });
    proxyCa = await testCertificate({ name: 'front-proxy-ca', ca: true });
    clientCa = await testCertificate({ name: 'client-ca', ca: true });
  });
  after(() => server.close());
  beforeEach(async () => {
    decide = mayAccess;
    await server.trust({ frontProxies: proxyCa.cert, users: clientCa.cert }, await proxy());
    server.audited.length = 0;
  });

  const proxy = (form: object = {}): Promise<TestCertificate> =>
    testCertificate({ name: 'front-proxy-client', issuer: proxyCa, ...form });
  const user = (form: object = {}): Promise<TestCertificate> =>
    testCertificate({ name: 'alice', issuer: clientCa, ...form });

  const CLIENTS: readonly (readonly [title: string, client: () => Promise<Client | undefined>, status: 401 | 403])[] = [
    ['no certificate', () => Promise.resolve(undefined), 403],
    ['the certificate of a user', () => user(), 403],
    ['the certificate of a user with the name of the front proxy', () => user({ name: 'front-proxy-client' }), 403],
    ['the certificate of a user beside the CA of front proxies', async () => withChain(await user(), proxyCa), 403],
    [
      'a certificate of an unknown CA',
      async () => proxy({ issuer: await testCertificate({ name: 'x', ca: true }) }),
      401,
    ],
    [
      'a certificate of an unknown CA with the name of the right one',
      async () => proxy({ issuer: await testCertificate({ name: 'front-proxy-ca', ca: true }) }),
      401,
    ],
    ['a certificate that it has signed itself', () => testCertificate({ name: 'front-proxy-client' }), 401],
    ['a certificate of the right CA with a wrong name', () => proxy({ name: 'admin' }), 401],
    ['a certificate of the right CA without a name', () => proxy({ name: '' }), 401],
    ['an expired certificate of the front proxy', () => proxy({ from: -3, to: -1 }), 401],
    ['a certificate of the front proxy that is not yet valid', () => proxy({ from: 1 }), 401],
    ['an expired certificate of a user', () => user({ name: 'admin', from: -3, to: -1 }), 401],
    ['a certificate of a user that is not yet valid', () => user({ name: 'admin', from: 1 }), 401],
    ['a serving certificate of the right CA', () => proxy({ usage: 'server' }), 401],
  ];
  for (const [title, client, status] of CLIENTS) {
    it(`with ${title} is never admin, whatever its headers say`, async () => {
      const options = { ...server.test.client, client: await client() };
      for (const [claim, lines] of Object.entries(CLAIMS)) {
        const text = await exchange(options, requestBytes(`GET ${BANK} HTTP/1.1`, [...lines, 'Connection: close']));
        expect(text, claim).to.not.contain(SECRET);
        expect(
          responsesIn(text).map((response) => response.status),
          claim,
        ).to.deep.equal([status]);
      }
      expect(server.audited.filter((event) => event.user === 'admin' || event.decision === 'allow')).to.deep.equal([]);
    });
  }

  for (const [title, lines, expected] of [
    ['two names: the first counts', ['X-Remote-User: alice', 'X-Remote-User: admin'], 'alice'],
    ['two names in two spellings: the first counts', ['x-remote-user: alice', 'X-REMOTE-USER: admin'], 'alice'],
    ['an empty name before another: it names no user', ['X-Remote-User:', 'X-Remote-User: admin'], 401],
    ['names in one header: they are one name', ['X-Remote-User: alice, admin'], 'alice, admin'],
    ['underscores: another header', ['X_Remote_User: admin', 'X-Remote-User: alice'], 'alice'],
    ['another method in headers: it is not read', ['X-Remote-User: alice', 'X-HTTP-Method-Override: DELETE'], 'alice'],
    ['another method in the query', ['X-Remote-User: alice', 'X-Method: DELETE'], 'alice'],
  ] as const) {
    it(`through the front proxy, with ${title}`, async () => {
      const options = { ...server.test.client, client: await proxy() };
      decide = () => true;
      const line = `GET ${WHOAMI}?_method=DELETE HTTP/1.1`;
      const text = await exchange(options, requestBytes(line, [...lines, 'Connection: close']));
      if (typeof expected === 'number') expect(responsesIn(text)[0]?.status).to.equal(expected);
      else {
        expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).to.nested.include({ 'user.name': expected });
        expect(server.audited[0]).to.include({ user: expected, verb: 'list' });
      }
    });
  }

  it('by a CA that is removed while its request is reviewed receives 503', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let isAsked = false;
    decide = ({ name }, access) => {
      if (name === 'admin' && access.type === 'nonResource') return true;
      isAsked = true;
      return promise;
    };
    const options = { ...server.test.client, client: await user({ name: 'admin' }) };
    const response = requestOnce(BANK, options);
    await until(() => isAsked);
    const other = await testCertificate({ name: 'other-ca', ca: true });
    await server.trust({ frontProxies: proxyCa.cert, users: other.cert }, await user({ name: 'admin', issuer: other }));
    resolve(true);
    const { status, headers, text } = await response;
    expect([status, headers['connection'], text.includes(SECRET)]).to.deep.equal([503, 'close', false]);
    expect((await requestOnce(BANK, options)).status).to.equal(401);
  });
});
