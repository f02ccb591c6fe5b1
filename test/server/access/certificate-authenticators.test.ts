/** Client certificates over real TLS: which CA makes a client a user, and which a front proxy. */
import type { ConnectionOptions, SecureVersion, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { requestOnce } from '../../support/https-client.ts';
import { type TestCertificate, testCertificate, withChain } from '../../support/certificates.ts';
import { BASE } from '../../support/test-server.ts';
import { DelegatedServer, WHOAMI } from './delegated-server.ts';

const ALICE = { 'x-remote-user': 'alice', 'x-remote-group': 'system:masters' };
type Client = { readonly cert: string; readonly key: string };

interface Case {
  readonly title: string;
  readonly client: () => Promise<Client>;
  /** The name of the user, or the code of the response. */
  readonly expected: string | 401;
  readonly headers?: Record<string, string | string[]>;
  /** Changes of the ConfigMap. */
  readonly data?: () => Record<string, string>;
}

describe('certificate authenticators', () => {
  let proxyCa: TestCertificate;
  let clientCa: TestCertificate;
  let server: DelegatedServer;

  before(async () => {
    proxyCa = await testCertificate({ name: 'front-proxy-ca', ca: true });
    clientCa = await testCertificate({ name: 'client-ca', ca: true });
  });
  afterEach(() => server.close());

  const user = (form: Partial<Parameters<typeof testCertificate>[0]> = {}): Promise<TestCertificate> =>
    testCertificate({ name: 'bob', organizations: ['devs', 'ops'], issuer: clientCa, ...form });
  const proxy = (form: Partial<Parameters<typeof testCertificate>[0]> = {}): Promise<TestCertificate> =>
    testCertificate({ name: 'front-proxy-client', issuer: proxyCa, ...form });
  const start = async (data: Record<string, string> = {}): Promise<void> => {
    server = await DelegatedServer.listening({
      'requestheader-client-ca-file': proxyCa.cert,
      'client-ca-file': clientCa.cert,
      ...data,
    });
  };
  const anyName = { 'requestheader-allowed-names': '[]' };

  it('accept the certificate of a user: CN is the name, and each O is a group', async () => {
    await start();
    const { status, text } = await server.both(WHOAMI, {}, await user());
    expect(status).to.equal(200);
    const { extra, ...rest } = JSON.parse(text).user;
    expect(rest).to.deep.equal({ name: 'bob', groups: ['devs', 'ops', 'system:authenticated'] });
    expect(extra).to.have.all.keys('authentication.kubernetes.io/credential-id');
    expect(extra['authentication.kubernetes.io/credential-id'][0]).to.match(/^X509SHA256=[0-9a-f]{64}$/);
  });

  const cases: readonly Case[] = [
    { title: 'a user', client: () => user(), expected: 'bob' },
    { title: 'a user that sends identity headers', client: () => user(), headers: ALICE, expected: 'bob' },
    {
      title: 'a user that sends identity headers, if the front proxy can have any name',
      client: () => user(),
      headers: ALICE,
      data: () => anyName,
      expected: 'bob',
    },
    {
      title: 'a user with the name of the front proxy',
      client: () => user({ name: 'front-proxy-client' }),
      headers: ALICE,
      expected: 'front-proxy-client',
    },
    {
      title: 'a user that sends the CA of front proxies with its certificate',
      client: async () => withChain(await user({ name: 'front-proxy-client' }), proxyCa),
      headers: ALICE,
      data: () => anyName,
      expected: 'front-proxy-client',
    },
    {
      title: 'a user that sends a CA with the name of its CA, which has not signed its certificate',
      client: async () =>
        withChain(await user(), await testCertificate({ name: 'client-ca', ca: true, issuer: proxyCa })),
      headers: ALICE,
      data: () => anyName,
      expected: 'bob',
    },
    {
      title: 'headers in upper case',
      client: () => user(),
      headers: { 'X-REMOTE-USER': 'alice', X_Remote_User: 'alice', 'X-Remote-Extra-A': 'b' },
      expected: 'bob',
    },
    {
      title: 'a user of an intermediate CA that the client sends',
      client: async () => {
        const middle = await testCertificate({ name: 'middle', ca: true, issuer: clientCa });
        return withChain(await user({ issuer: middle }), middle);
      },
      expected: 'bob',
    },
    {
      title: 'a user of an intermediate CA that the client does not send',
      client: async () => user({ issuer: await testCertificate({ name: 'middle', ca: true, issuer: clientCa }) }),
      expected: 401,
    },
    {
      title: 'a user of an intermediate that is not a CA',
      client: async () => {
        const middle = await user({ name: 'middle' });
        return withChain(await user({ issuer: middle }), middle);
      },
      expected: 401,
    },
    {
      title: 'a user behind more CAs than the path length allows',
      client: async () => {
        const short = await testCertificate({ name: 'short', ca: 0, issuer: clientCa });
        const below = await testCertificate({ name: 'below', ca: true, issuer: short });
        return withChain(await user({ issuer: below }), below, short);
      },
      expected: 401,
    },
    {
      title: 'a user of a CA with a path length of 0',
      client: async () => {
        const short = await testCertificate({ name: 'short', ca: 0, issuer: clientCa });
        return withChain(await user({ issuer: short }), short);
      },
      expected: 'bob',
    },
    {
      title: 'a user of an intermediate CA that has expired',
      client: async () => {
        const middle = await testCertificate({ name: 'middle', ca: true, issuer: clientCa, from: -3, to: -1 });
        return withChain(await user({ issuer: middle }), middle);
      },
      expected: 401,
    },
    { title: 'a certificate for servers', client: () => user({ usage: 'server' }), expected: 401 },
    { title: 'a certificate for any usage', client: () => user({ usage: 'any' }), expected: 'bob' },
    { title: 'a certificate that has expired', client: () => user({ from: -3, to: -1 }), expected: 401 },
    { title: 'a certificate that is not yet valid', client: () => user({ from: 1 }), expected: 401 },
    { title: 'a certificate without a name', client: () => user({ name: '' }), expected: 401 },
    {
      title: 'a certificate of another CA of the same name',
      client: async () => user({ issuer: await testCertificate({ name: 'client-ca', ca: true }) }),
      expected: 401,
    },
    {
      title: 'a certificate that is signed by itself',
      client: () => testCertificate({ name: 'bob' }),
      headers: ALICE,
      expected: 401,
    },
    { title: 'the front proxy', client: () => proxy(), headers: ALICE, expected: 'alice' },
    { title: 'the front proxy without a user', client: () => proxy(), expected: 401 },
    {
      title: 'the front proxy with another name',
      client: () => proxy({ name: 'bob' }),
      headers: ALICE,
      expected: 401,
    },
    {
      title: 'the front proxy with a name in other letters',
      client: () => proxy({ name: 'Front-Proxy-Client' }),
      headers: ALICE,
      expected: 401,
    },
    {
      title: 'the front proxy with any name, if all names are allowed',
      client: () => proxy({ name: 'any' }),
      headers: ALICE,
      data: () => anyName,
      expected: 'alice',
    },
    {
      title: 'the front proxy of an intermediate CA',
      client: async () => {
        const middle = await testCertificate({ name: 'middle', ca: true, issuer: proxyCa });
        return withChain(await proxy({ issuer: middle }), middle);
      },
      headers: ALICE,
      expected: 'alice',
    },
    {
      title: 'the front proxy, which sends the CA of users with its certificate',
      client: async () => withChain(await proxy(), clientCa),
      headers: ALICE,
      expected: 'alice',
    },
    {
      title: 'the front proxy that names several users: the first counts',
      client: () => proxy(),
      headers: { 'x-remote-user': ['alice', 'carol'] },
      expected: 'alice',
    },
    {
      title: 'the front proxy with a certificate for servers',
      client: () => proxy({ usage: 'server' }),
      headers: ALICE,
      expected: 401,
    },
    {
      title: 'one CA for both: the front proxy',
      client: () => user({ name: 'front-proxy-client' }),
      headers: ALICE,
      data: () => ({ 'requestheader-client-ca-file': clientCa.cert }),
      expected: 'alice',
    },
    {
      title: 'one CA for both: a user that sends identity headers',
      client: () => user(),
      headers: ALICE,
      data: () => ({ 'requestheader-client-ca-file': clientCa.cert }),
      expected: 'bob',
    },
    {
      title: 'one CA for both: the front proxy without a user',
      client: () => user({ name: 'front-proxy-client' }),
      data: () => ({ 'requestheader-client-ca-file': clientCa.cert }),
      expected: 'front-proxy-client',
    },
    {
      title: 'one CA for both and any name: a user that sends identity headers',
      client: () => user(),
      headers: ALICE,
      data: () => ({ ...anyName, 'requestheader-client-ca-file': clientCa.cert }),
      expected: 'bob',
    },
    {
      title: 'one CA for both and any name, besides another CA of front proxies: a user that sends identity headers',
      client: () => user(),
      headers: ALICE,
      data: () => ({ ...anyName, 'requestheader-client-ca-file': `${clientCa.cert}\n${proxyCa.cert}` }),
      expected: 'bob',
    },
    {
      title: 'one CA for both and any name, besides another CA of front proxies: the front proxy of the other CA',
      client: () => proxy(),
      headers: ALICE,
      data: () => ({ ...anyName, 'requestheader-client-ca-file': `${clientCa.cert}\n${proxyCa.cert}` }),
      expected: 'alice',
    },
  ];
  for (const { title, client, expected, headers = {}, data } of cases) {
    it(`${expected === 401 ? 'refuse' : `find ${expected}`}: ${title}`, async () => {
      await start(data?.());
      const { status, text } = await server.both(WHOAMI, headers, await client());
      expect(status === 200 ? JSON.parse(text).user.name : status).to.equal(expected);
      if (status === 200) expect(JSON.parse(text).leaked).to.deep.equal([]);
    });
  }

  it('take two certificates of one CA, from before and after a renewal, for one CA', async () => {
    const renewed = await testCertificate({ name: 'client-ca', ca: true, keys: clientCa.keys });
    for (const [forUsers, forProxies] of [
      [clientCa, renewed],
      [renewed, clientCa],
    ] as const) {
      await start({ ...anyName, 'client-ca-file': forUsers.cert, 'requestheader-client-ca-file': forProxies.cert });
      const { text } = await server.both(WHOAMI, ALICE, await user());
      expect(JSON.parse(text).user.name).to.equal('bob');
      await server.close();
    }
  });

  it('distinguish the front proxy by its name if one CA has signed the other', async () => {
    const below = await testCertificate({ name: 'below', ca: true, issuer: clientCa });
    for (const [forUsers, forProxies] of [
      [clientCa, below],
      [below, clientCa],
    ] as const) {
      for (const [names, name, expected] of [
        ['[]', 'front-proxy-client', 'front-proxy-client'],
        ['["front-proxy-client"]', 'front-proxy-client', 'alice'],
        ['["front-proxy-client"]', 'bob', 'bob'],
      ]) {
        await start({
          'client-ca-file': forUsers.cert,
          'requestheader-client-ca-file': forProxies.cert,
          'requestheader-allowed-names': names ?? '',
        });
        const client = withChain(await user({ name: name ?? '', issuer: below }), below);
        const { text } = await server.both(WHOAMI, ALICE, client);
        expect(JSON.parse(text).user.name, `${names} ${name}`).to.equal(expected);
        await server.close();
      }
    }
  });

  it('log once that a CA has both purposes and any name is allowed', async () => {
    await start({ ...anyName, 'requestheader-client-ca-file': clientCa.cert });
    server.configure({ ...anyName, 'requestheader-client-ca-file': clientCa.cert, more: 'x' });
    expect(server.test.log.of('warn')).to.have.length(1);
    expect(server.test.log.of('warn')[0]).to.contain('requestheader-allowed-names is empty');
  });

  it('refuse a certificate of an open connection when it, or a CA above it, has expired', async () => {
    const day = 86_400_000;
    const middle = await testCertificate({ name: 'middle', ca: true, issuer: clientCa, to: 1 });
    for (const client of [await user({ to: 1 }), withChain(await user({ issuer: middle }), middle)]) {
      await start();
      const http2 = server.http2(client);
      expect((await http2.request(WHOAMI)).status).to.equal(200);
      server.test.clock.advance(Date.now() + day - server.test.clock.now());
      expect((await http2.request(WHOAMI)).status).to.equal(401);
      http2.close();
      await server.close();
    }
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`verify the certificate of each connection with ${version}: no session is resumed`, async () => {
      await start();
      const options = clientOptions(await user(), version);
      const first = await exchange(options);
      expect(first.status).to.equal('200');
      const second = await exchange({ ...options, ...(first.session === undefined ? {} : { session: first.session }) });
      expect(second).to.include({ status: '200', isReused: false });
      // A resumed session would have the certificate and the verdict of the first connection.
      const { cert: _cert, key: _key, ...without } = options;
      const third = await exchange({ ...without, ...(first.session === undefined ? {} : { session: first.session }) });
      expect(third).to.include({ isReused: false });
      expect(third.body).to.not.contain('bob');
    });
  }

  it('keep the certificate of a connection: TLS 1.2 cannot renegotiate it', async () => {
    await start();
    const socket = connect(clientOptions(await user(), 'TLSv1.2'));
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const error = await new Promise<Error | null>((resolve) => {
      socket.once('error', resolve);
      socket.renegotiate({ rejectUnauthorized: false }, resolve);
    });
    expect(error).to.be.instanceOf(Error);
    socket.destroy();
  });

  describe('while the CA of users changes', () => {
    it('accept the users of the new CA, and end the connections of the old one, without a restart', async () => {
      const other = await testCertificate({ name: 'new-client-ca', ca: true });
      await start();
      const old = server.http2(await user());
      const kept = server.http2(await proxy());
      expect((await old.request(WHOAMI)).status).to.equal(200);
      expect((await kept.request(WHOAMI, ALICE)).status).to.equal(200);
      const ended = new Promise((resolve) => old.session.once('close', resolve));
      server.configure({ 'requestheader-client-ca-file': proxyCa.cert, 'client-ca-file': other.cert });
      await ended;
      expect((await kept.request(WHOAMI, ALICE)).status, 'the front proxy').to.equal(200);
      expect(kept.session.closed).to.equal(false);
      const status = async (client: Client): Promise<number> =>
        (await requestOnce(WHOAMI, { ...server.test.client, client })).status;
      expect([await status(await user()), await status(await user({ issuer: other }))]).to.deep.equal([401, 200]);
      server.configure({
        'requestheader-client-ca-file': proxyCa.cert,
        'client-ca-file': `${other.cert}\n${clientCa.cert}`,
      });
      expect([await status(await user()), await status(await user({ issuer: other }))]).to.deep.equal([200, 200]);
      kept.close();
    });

    it('ask a client to connect again that was not verified before its CA was known', async () => {
      await start({ 'client-ca-file': '' });
      const early = server.http2(await user());
      expect((await early.request('/livez')).status).to.equal(200);
      const goaway = new Promise((resolve) => early.session.once('goaway', resolve));
      server.configure({ 'requestheader-client-ca-file': proxyCa.cert, 'client-ca-file': clientCa.cert });
      await goaway;
      early.close();
    });

    it('keep the connections of a CA that moves to another certificate with the same key', async () => {
      const renewed = await testCertificate({ name: 'client-ca', ca: true, keys: clientCa.keys, to: 700 });
      await start();
      const open = server.http2(await user());
      expect((await open.request(WHOAMI)).status).to.equal(200);
      server.configure({ 'requestheader-client-ca-file': proxyCa.cert, 'client-ca-file': renewed.cert });
      expect((await open.request(WHOAMI)).status).to.equal(200);
      expect(open.session.closed).to.equal(false);
      open.close();
    });

    it('keep the last valid CA', async () => {
      await start();
      server.configure({ 'requestheader-client-ca-file': proxyCa.cert, 'client-ca-file': 'nonsense' });
      expect((await server.both(WHOAMI, {}, await user())).status).to.equal(200);
      expect(server.test.log.of('warn')).to.deep.equal([
        'kube-system/extension-apiserver-authentication: client-ca-file must contain a PEM certificate',
      ]);
    });

    it('work in a cluster without a front proxy', async () => {
      await start({ 'requestheader-client-ca-file': '' });
      expect((await server.both(WHOAMI, ALICE, await user())).status).to.equal(200);
      expect((await server.both(WHOAMI, ALICE, await proxy())).status).to.equal(401);
    });
  });

  const clientOptions = (client: Client, version: SecureVersion): ConnectionOptions => ({
    ...server.test.client,
    host: '127.0.0.1',
    servername: 'localhost',
    ...client,
    minVersion: version,
    maxVersion: version,
    ALPNProtocols: ['http/1.1'],
  });
});

/** Sends one request on a new connection. */
function exchange(options: ConnectionOptions): Promise<{
  readonly status: string;
  readonly body: string;
  readonly session: Buffer | undefined;
  readonly isReused: boolean;
}> {
  return new Promise((resolve, reject) => {
    let session: Buffer | undefined;
    let text = '';
    let isReused = false;
    const socket: TLSSocket = connect(options, () => {
      isReused = socket.isSessionReused();
      session = socket.getSession();
      socket.write(`GET ${BASE}/whoami HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.on('session', (latest: Buffer) => (session = latest));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve({ status: text.slice(9, 12), body: text, session, isReused }));
  });
}
