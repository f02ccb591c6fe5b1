/** Requests without an identity, and with one that is not accepted, over real HTTP. */
import { expect } from 'chai';
import { type TestCertificate, testCertificate } from '../../support/certificates.ts';
import { requestOnce } from '../../support/https-client.ts';
import { BASE, until } from '../../support/test-server.ts';
import { DelegatedServer, WHOAMI } from '../access/delegated-server.ts';

const ALICE = { 'x-remote-user': 'alice', 'x-remote-group': 'system:masters' };
const INVALID = { authorization: 'Bearer invalid' };

describe('authentication()', () => {
  let ca: TestCertificate;
  let server: DelegatedServer;

  before(async () => {
    ca = await testCertificate({ name: 'ca', ca: true });
  });
  beforeEach(async () => {
    server = await DelegatedServer.listening({ 'client-ca-file': ca.cert });
  });
  afterEach(() => server.close());

  it('takes a request without a credential for that of system:anonymous, with any identity headers', async () => {
    for (const headers of [{}, ALICE, { authorization: '' }]) {
      const { status, text } = await server.both(WHOAMI, headers);
      expect(status).to.equal(200);
      expect(JSON.parse(text)).to.deep.equal({
        user: { name: 'system:anonymous', groups: ['system:unauthenticated'], extra: {} },
        leaked: [],
      });
    }
  });

  it('responds with 401 to a credential that is not accepted, and never takes its client for anonymous', async () => {
    const stranger = await testCertificate({ name: 'stranger' });
    for (const [headers, client] of [
      [INVALID, undefined],
      [{ authorization: 'Basic YTpi' }, undefined],
      [{}, stranger],
      [ALICE, stranger],
      [INVALID, stranger],
    ] as const) {
      for (const path of [WHOAMI, '/apis', '/nowhere', '/readyz/ping']) {
        const { status, text, headers: received } = await server.both(path, headers, client);
        expect(status).to.equal(401);
        expect(JSON.parse(text)).to.include({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' });
        expect(received).to.not.have.property('www-authenticate');
      }
    }
  });

  it('ends an HTTP/2 connection after a 401 or an anonymous response, and keeps one of HTTP/1.1 open', async () => {
    for (const headers of [{}, INVALID]) {
      const http2 = server.http2();
      const goaway = new Promise((resolve) => http2.session.once('goaway', resolve));
      await http2.request(WHOAMI, headers);
      await goaway;
      http2.close();
      const options = { ...server.test.client, headers: { ...headers, connection: 'keep-alive' } };
      expect((await requestOnce(WHOAMI, options)).headers['connection']).to.equal('keep-alive');
    }
    const user = server.http2(await testCertificate({ name: 'bob', issuer: ca }));
    expect((await user.request(WHOAMI)).status).to.equal(200);
    expect((await user.request(WHOAMI)).status).to.equal(200);
    expect(user.session.closed).to.equal(false);
    user.close();
  });

  it('refuses impersonation to users and to anonymous clients', async () => {
    const bob = await testCertificate({ name: 'bob', issuer: ca });
    for (const client of [undefined, bob]) {
      const { status } = await server.both(WHOAMI, { 'impersonate-user': 'admin' }, client);
      expect(status).to.equal(403);
    }
  });

  it('counts the connection of an anonymous client as new', async () => {
    const bob = server.http2(await testCertificate({ name: 'bob', issuer: ca }));
    await bob.request(WHOAMI);
    expect(server.test.server.counts()).to.include({ connections: 1, newConnections: 0 });
    const anonymous = server.http2();
    const stream = anonymous.watch(`${BASE}/podsummaries?watch=1`);
    expect((await stream.next())?.type).to.equal('ADDED');
    expect(server.test.server.counts()).to.include({ connections: 2, newConnections: 1 });
    anonymous.close();
    bob.close();
  });

  it('notices a change of the CAs while a token is reviewed, and asks the client to connect again', async () => {
    const other = await testCertificate({ name: 'other-ca', ca: true });
    const late = await testCertificate({ name: 'bob', issuer: other });
    for (const result of [{ authenticated: false }, { authenticated: true, user: { username: 'eve' } }]) {
      await server.close();
      const { promise, resolve } = Promise.withResolvers<object>();
      server = await DelegatedServer.listening({ 'client-ca-file': ca.cert }, () => promise);
      // The connection was verified before the CA of its client was known.
      const response = requestOnce(WHOAMI, { ...server.test.client, client: late, headers: INVALID });
      await until(() => server.tokenReviews.length === 1);
      server.configure({ 'client-ca-file': `${ca.cert}\n${other.cert}` });
      resolve(result);
      const { status, headers } = await response;
      expect([status, headers['retry-after'], headers['connection']]).to.deep.equal([503, '1', 'close']);
      expect((await requestOnce(WHOAMI, { ...server.test.client, client: late })).status).to.equal(200);
    }
  });

  it('responds with 503 until the configuration has been read, also to clients without a credential', async () => {
    await server.close();
    server = await DelegatedServer.listening(undefined);
    for (const headers of [{}, INVALID]) {
      const { status, headers: received } = await server.both(WHOAMI, headers);
      expect([status, received['retry-after']]).to.deep.equal([503, '1']);
    }
    expect((await server.both('/livez', {})).status).to.equal(200);
    server.publish({ 'client-ca-file': ca.cert });
    expect((await server.both(WHOAMI, {})).status).to.equal(200);
  });

  it('accepts a token before the configuration has been read, because the cluster reviews it', async () => {
    await server.close();
    server = await DelegatedServer.listening(undefined, () => ({ authenticated: true, user: { username: 'eve' } }));
    expect((await server.both(WHOAMI, { authorization: 'Bearer x' })).status).to.equal(200);
  });

  it('responds with 429 while too many tokens are reviewed', async () => {
    await server.close();
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    server = await DelegatedServer.listening({ 'client-ca-file': ca.cert }, () => slow.then(() => ({})));
    const http2 = server.http2();
    const responses = Array.from({ length: 401 }, (_, n) =>
      http2.request(WHOAMI, { authorization: `Bearer ${n}` }).then(({ status }) => status),
    );
    expect(await Promise.race(responses)).to.equal(429);
    finish();
    const statuses = await Promise.all(responses);
    expect(statuses.filter((status) => status === 401)).to.have.length(400);
    http2.close();
  });
});
