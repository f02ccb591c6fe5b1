import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { type CertificateAuthority, certificateAuthority, type CertificateOptions } from '../../../src/certificates.ts';
import type { ConfigMaps } from '../../../src/server/access/server-authentication.ts';
import type { ConfigMapLike } from '../../../src/server/access/authentication-config.ts';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { configMap, FakeInformer, fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { type ClientOptions, type ClientResponse, Http2Client, requestOnce } from '../../support/https-client.ts';
import { FaultyProxy } from '../../system/faulty-proxy.ts';
import {
  BASE,
  podSummaries,
  servingAuthority,
  servingCertificate,
  TestServer,
  until,
} from '../../support/test-server.ts';

const NAME = 'kube-system/extension-apiserver-authentication';
const ALICE = { 'x-remote-user': 'alice' };
type Headers = Record<string, string | string[]>;

/** Changes of the CAs of front proxies, and the status of a request on a connection that was opened, or was being opened, before the change. */
const ROTATIONS: readonly {
  readonly title: string;
  /** Undefined if the server has not read the CAs yet. */
  readonly before: Bundle | undefined;
  readonly after: Bundle;
  /** The CA of the client's certificate. Undefined for a client without one. */
  readonly client: 'proxy' | undefined;
  readonly code: 200 | 401 | 503;
}[] = [
  { title: 'opened before a CA was known', before: undefined, after: 'proxy', client: 'proxy', code: 503 },
  { title: 'verified by a CA that was removed', before: 'proxy', after: 'other', client: 'proxy', code: 503 },
  {
    title: 'not verified by the old CA, but by the new one',
    before: 'other',
    after: 'proxy',
    client: 'proxy',
    code: 503,
  },
  { title: 'verified by a CA that is still trusted', before: 'proxy', after: 'both', client: 'proxy', code: 200 },
  { title: 'without a client certificate', before: 'other', after: 'proxy', client: undefined, code: 503 },
  {
    title: 'without a client certificate, when a CA was only removed',
    before: 'both',
    after: 'proxy',
    client: undefined,
    code: 401,
  },
  { title: 'verified by the CA that stays of two', before: 'both', after: 'proxy', client: 'proxy', code: 200 },
  { title: 'verified by the CA that goes of two', before: 'both', after: 'other', client: 'proxy', code: 503 },
];
type Bundle = 'proxy' | 'other' | 'both';

/** Responds with the user, and with all identity headers that the handler can see. */
const whoami = rawEndpoint({
  name: 'whoami',
  paths: {
    '': {
      GET: (ctx) => {
        const { user } = ctx.state;
        const seen = [...Object.keys(ctx.req.headers), ...Object.keys(ctx.request.header), ...ctx.req.rawHeaders];
        ctx.body = { user, leaked: seen.filter((name) => /remote|authorization|my-user/i.test(name)) };
      },
    },
  },
});

describe('serverAuthentication()', () => {
  let proxyCa: CertificateAuthority;
  let otherCa: CertificateAuthority;
  let maps: FakeInformer<ConfigMapLike>;
  let queries: unknown[];
  let test: TestServer;
  const certificate = (
    options: Partial<CertificateOptions> = {},
    ca = proxyCa,
  ): Promise<{ cert: string; key: string }> =>
    ca
      .issue({ commonName: 'front-proxy-client', usage: 'client', ...options })
      .then(({ certificate: cert, key }) => ({ cert, key }));
  const map = (ca: string, data: Record<string, string> = {}): ConfigMapLike => ({
    ...configMap(NAME),
    data: {
      'requestheader-client-ca-file': ca,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      ...data,
    },
  });
  const informers: ConfigMaps = {
    of: (...query) => {
      queries.push(query);
      return maps;
    },
  };
  const start = async (configMaps: FakeInformer<ConfigMapLike>): Promise<void> => {
    maps = configMaps;
    test = await TestServer.listening({
      authentication: undefined,
      informers,
      resources: [podSummaries(fakeInformer(pod('shop/web'))), whoami],
    });
  };
  /** Sends a request over HTTP/1.1 and HTTP/2. The responses must be equal. */
  const both = async (
    path: string,
    headers: Headers,
    client?: { cert: string; key: string },
  ): Promise<ClientResponse> => {
    const first = await requestOnce(path, { ...test.client, client, headers });
    const http2 = new Http2Client({ ...test.client, client });
    const second = await http2.request(path, headers);
    http2.close();
    expect(second.status).to.equal(first.status);
    expect(second.text).to.equal(first.text);
    return first;
  };

  before(async () => {
    proxyCa = await certificateAuthority('front-proxy-ca');
    otherCa = await certificateAuthority('front-proxy-ca');
  });
  beforeEach(() => {
    queries = [];
  });
  afterEach(() => test.close());

  describe('with the front proxy of the cluster', () => {
    beforeEach(() => start(fakeInformer(map(proxyCa.certificate))));

    it('reads a single ConfigMap', () => {
      expect(queries).to.deep.equal([
        [
          { group: '', version: 'v1', resource: 'configmaps' },
          { namespaces: ['kube-system'], fieldSelector: 'metadata.name=extension-apiserver-authentication' },
        ],
      ]);
    });

    it('authenticates the user that the front proxy names, and hides the headers from handlers', async () => {
      const headers = {
        ...ALICE,
        'x-remote-uid': '42',
        'x-remote-group': ['devs', 'CN=ops, OU=berlin', Buffer.from('Köche').toString('latin1')],
        'x-remote-extra-example.com%2Froles': 'a',
        authorization: 'Bearer secret',
      };
      const { status, text } = await both(`${BASE}/whoami`, headers, await certificate());
      expect(status).to.equal(200);
      expect(JSON.parse(text)).to.deep.equal({
        user: {
          name: 'alice',
          uid: '42',
          groups: ['devs', 'CN=ops, OU=berlin', 'Köche', 'system:authenticated'],
          extra: { 'example.com/roles': ['a'] },
        },
        leaked: [],
      });
    });

    it('accepts hundreds of groups with long names', async () => {
      const groups = Array.from({ length: 600 }, (_, i) => `group-${i}-${'x'.repeat(60)}`);
      const { status, text } = await both(
        `${BASE}/whoami`,
        { ...ALICE, 'x-remote-group': groups },
        await certificate(),
      );
      expect(status).to.equal(200);
      expect(JSON.parse(text).user.groups).to.have.length(601);
    });

    it('responds with 401 to a client without a certificate, with any headers', async () => {
      const headers = { ...ALICE, 'x-remote-group': 'system:masters' };
      for (const path of [
        `${BASE}/whoami`,
        `${BASE}/podsummaries`,
        BASE,
        '/apis',
        '/',
        '/version',
        '/nowhere',
        '/readyz/ping',
        '/healthz/',
      ]) {
        const { status, text, headers: answered } = await requestOnce(path, { ...test.client, headers });
        expect(status, path).to.equal(401);
        expect(JSON.parse(text)).to.deep.include({
          kind: 'Status',
          reason: 'Unauthorized',
          message: 'Unauthorized',
          code: 401,
        });
        expect(answered).to.not.have.property('www-authenticate');
      }
    });

    it('responds to requests for health without an identity', async () => {
      for (const path of ['/healthz', '/livez', '/readyz']) expect((await both(path, {})).text).to.equal('ok');
    });

    for (const [name, make] of [
      ['of another authority of the same name', () => certificate({}, otherCa)],
      ['of another name', () => certificate({ commonName: 'somebody' })],
      ['that has expired', () => certificate({ validity: -1000 })],
      ['for servers', () => certificate({ usage: 'server' })],
    ] as const) {
      it(`responds with 401 to a certificate ${name}`, async () => {
        expect((await both(`${BASE}/whoami`, ALICE, await make())).status).to.equal(401);
      });
    }

    it('responds with 401 to the front proxy if it names no user', async () => {
      const client = await certificate();
      expect((await both(`${BASE}/whoami`, {}, client)).status).to.equal(401);
      expect((await both(`${BASE}/whoami`, { 'x-remote-user': '', 'x-remote-group': 'a' }, client)).status).to.equal(
        401,
      );
    });

    it('responds with 401 after the certificate of an open connection has expired', async () => {
      const client = await certificate({ validity: 86_400_000 });
      const http2 = new Http2Client({ ...test.client, client });
      expect((await http2.request(`${BASE}/whoami`, ALICE)).status).to.equal(200);
      test.clock.advance(Date.now() + 86_400_000 - test.clock.now());
      expect((await http2.request(`${BASE}/whoami`, ALICE)).status).to.equal(401);
      http2.close();
    });

    for (const header of ['Impersonate-User', 'impersonate-group', 'Impersonate-Extra-Foo']) {
      it(`refuses ${header}`, async () => {
        const { status, text } = await both(`${BASE}/whoami`, { ...ALICE, [header]: 'bob' }, await certificate());
        expect(status).to.equal(403);
        expect(JSON.parse(text)).to.include({ reason: 'Forbidden', code: 403 });
      });
    }
  });

  describe('while the ConfigMap changes', () => {
    const status = async (ca: CertificateAuthority, headers: Headers = ALICE): Promise<number> =>
      (await requestOnce(`${BASE}/whoami`, { ...test.client, client: await certificate({}, ca), headers })).status;
    const bundleOf = (name: Bundle): string =>
      ({
        proxy: proxyCa.certificate,
        other: otherCa.certificate,
        both: `${proxyCa.certificate}\n${otherCa.certificate}`,
      })[name];
    /** Starts a server, and returns the function that changes its CAs. */
    const startRotation = async (earlier: Bundle | undefined, later: Bundle): Promise<() => void> => {
      await start(
        earlier === undefined
          ? new FakeInformer<ConfigMapLike>({ name: 'configmaps', notSynced: true })
          : fakeInformer(map(bundleOf(earlier))),
      );
      return () => {
        if (earlier !== undefined) return maps.modify(map(bundleOf(later)));
        maps.add(map(bundleOf(later)));
        maps.sync();
      };
    };
    const clientOf = async (ca: 'proxy' | undefined): Promise<{ cert: string; key: string } | undefined> =>
      ca === undefined ? undefined : certificate();
    /** The status of a request on a new connection. */
    const newCode = (trusted: Bundle, client: 'proxy' | undefined): number =>
      client === undefined || trusted === 'other' ? 401 : 200;
    /** An HTTP/1.1 connection for one request after the other. A new one replaces it when the server closes it. */
    const keptConnection = async (
      server: ClientOptions,
      client: 'proxy' | undefined,
    ): Promise<{ send: (path: string) => Promise<IncomingMessage>; close: () => void }> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const options = { ...server, host: '127.0.0.1', servername: 'localhost', agent, ...(await clientOf(client)) };
      const send = (path: string): Promise<IncomingMessage> =>
        new Promise((resolve, reject) => {
          const sent = request({ ...options, path, headers: ALICE }, (response) => {
            response.resume();
            response.once('end', () => resolve(response));
          });
          sent.once('error', reject);
          sent.end();
        });
      return { send, close: () => agent.destroy() };
    };
    const expectEnd = ({ statusCode, headers }: IncomingMessage, code: number): void => {
      expect([statusCode, headers['retry-after'], headers.connection]).to.deep.equal([
        code,
        code === 503 ? '1' : undefined,
        code === 503 ? 'close' : 'keep-alive',
      ]);
    };
    /** Changes the CAs when the server has accepted a connection through a frozen proxy, and lets the handshake finish. */
    const rotateDuringHandshake = async (proxy: FaultyProxy, rotate: () => void): Promise<void> => {
      await until(() => test.server.counts().newConnections === 1);
      rotate();
      expect(test.server.counts().connections).to.equal(0);
      await proxy.restore();
    };

    it('uses the new configuration without a restart, and asks old connections to close', async () => {
      await start(fakeInformer(map(proxyCa.certificate)));
      expect([await status(proxyCa), await status(otherCa)]).to.deep.equal([200, 401]);
      const old = new Http2Client({ ...test.client, client: await certificate() });
      expect((await old.request(`${BASE}/whoami`, ALICE)).status).to.equal(200);
      const ended = new Promise((resolve) => old.session.once('close', resolve));
      maps.modify(map(otherCa.certificate));
      await ended;
      expect([await status(proxyCa), await status(otherCa)]).to.deep.equal([401, 200]);
      maps.modify(map(`${proxyCa.certificate}\n${otherCa.certificate}`));
      expect([await status(proxyCa), await status(otherCa)]).to.deep.equal([200, 200]);
    });

    for (const { title, before, after, client, code } of ROTATIONS) {
      it(`responds with ${code} on a connection ${title}, and ${code === 503 ? 'closes it' : 'keeps it open'}`, async () => {
        const rotate = await startRotation(before, after);
        const { send, close } = await keptConnection(test.client, client);
        const first = await send('/livez');
        expect([first.statusCode, first.headers.connection]).to.deep.equal([200, 'keep-alive']);
        rotate();
        expectEnd(await send(`${BASE}/whoami`), code);
        // After a response that closes the connection, the agent opens a new one.
        expect((await send(`${BASE}/whoami`)).statusCode).to.equal(newCode(after, client));
        close();
      });
    }

    for (const { title, before, after, client, code } of ROTATIONS) {
      const outcome = `${code} if the CAs change during the handshake of a connection ${title}`;

      it(`responds with ${outcome}`, async () => {
        const rotate = await startRotation(before, after);
        const proxy = await FaultyProxy.to(test.client.port);
        const { send, close } = await keptConnection({ ...test.client, port: proxy.port }, client);
        proxy.freeze();
        const first = send(`${BASE}/whoami`);
        await rotateDuringHandshake(proxy, rotate);
        expectEnd(await first, code);
        expect((await send(`${BASE}/whoami`)).statusCode).to.equal(newCode(after, client));
        close();
        await proxy.refuse();
      });

      it(`responds with ${outcome}, over HTTP/2`, async () => {
        const rotate = await startRotation(before, after);
        const proxy = await FaultyProxy.to(test.client.port);
        const connect = async (): Promise<Http2Client> =>
          new Http2Client({ ...test.client, port: proxy.port, client: await clientOf(client) });
        proxy.freeze();
        const http2 = await connect();
        let isAsked = false;
        http2.session.once('goaway', () => (isAsked = true));
        const first = http2.request(`${BASE}/whoami`, ALICE);
        await rotateDuringHandshake(proxy, rotate);
        const { status, headers } = await first;
        expect([status, headers['retry-after']]).to.deep.equal([code, code === 503 ? '1' : undefined]);
        if (code === 200) expect((await http2.request(`${BASE}/whoami`, ALICE)).status).to.equal(200);
        // Also a client without an identity needs a new connection for each attempt.
        else await until(() => isAsked);
        expect(isAsked).to.equal(code !== 200);
        http2.close();
        const second = await connect();
        expect((await second.request(`${BASE}/whoami`, ALICE)).status).to.equal(newCode(after, client));
        second.close();
        await proxy.refuse();
      });
    }

    for (const [title, before, after, isKept] of [
      ['opened before a CA was known', undefined, 'proxy', false],
      ['verified by a CA that was removed', 'proxy', 'other', false],
      ['not verified by the old CA, but by the new one', 'other', 'proxy', false],
      ['verified by a CA that is still trusted', 'proxy', 'both', true],
      ['verified by the CA that stays of two', 'both', 'proxy', true],
    ] as const) {
      it(`${isKept ? 'keeps open' : 'asks the client to end'} an HTTP/2 connection ${title}`, async () => {
        const rotate = await startRotation(before, after);
        const http2 = new Http2Client({ ...test.client, client: await certificate() });
        expect((await http2.request('/livez')).status).to.equal(200);
        const goaway = new Promise<boolean>((resolve) => http2.session.once('goaway', () => resolve(true)));
        rotate();
        if (!isKept) {
          expect(await goaway).to.equal(true);
          return http2.close();
        }
        expect((await http2.request(`${BASE}/whoami`, ALICE)).status).to.equal(200);
        expect(http2.session.closed, 'closed').to.equal(false);
        http2.close();
      });
    }

    for (const [after, isKept] of [
      ['both', true],
      ['other', false],
    ] as const) {
      it(`${isKept ? 'keeps' : 'ends'} watches of a connection whose CA is ${isKept ? 'still trusted' : 'removed'}, after a minute`, async () => {
        await start(fakeInformer(map(proxyCa.certificate)));
        const http2 = new Http2Client({ ...test.client, client: await certificate() });
        const stream = http2.watch(`${BASE}/podsummaries?watch=1`, ALICE);
        expect((await stream.next())?.type).to.equal('ADDED');
        const http1 = requestOnce(`${BASE}/podsummaries?watch=1`, {
          ...test.client,
          client: await certificate(),
          headers: ALICE,
        }).catch(() => 'cut');
        await until(() => test.server.counts().watchers === 2);
        maps.modify(map(after === 'both' ? `${proxyCa.certificate}\n${otherCa.certificate}` : otherCa.certificate));
        await settled();
        test.clock.advance(59_999);
        await settled();
        expect(test.server.counts().watchers).to.equal(2);
        test.clock.advance(1);
        if (isKept) {
          await settled();
          expect(test.server.counts().watchers).to.equal(2);
          stream.cancel();
          http2.close();
          return;
        }
        expect(await stream.next()).to.equal(undefined);
        expect(await http1).to.equal('cut');
        await until(() => test.server.counts().watchers === 0);
        expect(test.log.of('error')).to.deep.equal([]);
      });
    }

    it('does not accept an old CA through a resumed TLS session', async () => {
      await start(fakeInformer(map(proxyCa.certificate)));
      const options = {
        ...test.client,
        host: '127.0.0.1',
        servername: 'localhost',
        ...(await certificate()),
        ALPNProtocols: ['http/1.1'],
      };
      const ask = (session?: Buffer): Promise<{ code: string; session: Buffer | undefined; reused: boolean }> =>
        new Promise((resolve, reject) => {
          let latest: Buffer | undefined;
          let text = '';
          let reused = false;
          const socket: TLSSocket = connect({ ...options, ...(session === undefined ? {} : { session }) }, () => {
            reused = socket.isSessionReused();
            socket.write(
              `GET ${BASE}/whoami HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: alice\r\nConnection: close\r\n\r\n`,
            );
          });
          socket.on('session', (session: Buffer) => (latest = session));
          socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
          socket.on('error', reject);
          socket.on('close', () => resolve({ code: text.slice(9, 12), session: latest, reused }));
        });
      const first = await ask();
      expect(first.code).to.equal('200');
      expect(await ask(first.session)).to.include({ code: '200', reused: false });
      maps.modify(map(otherCa.certificate));
      expect(await ask(first.session)).to.include({ code: '401', reused: false });
    });

    it('keeps an open watch when the CA changes', async () => {
      await start(fakeInformer(map(proxyCa.certificate)));
      const http2 = new Http2Client({ ...test.client, client: await certificate() });
      const stream = http2.watch(`${BASE}/podsummaries?watch=1`, ALICE);
      expect((await stream.next())?.type).to.equal('ADDED');
      maps.modify(map(otherCa.certificate));
      await settled();
      expect(test.server.counts().watchers).to.equal(1);
      stream.cancel();
      http2.close();
    });

    it('reads new header names immediately, on open connections too, and hides them', async () => {
      await start(fakeInformer(map(proxyCa.certificate)));
      const http2 = new Http2Client({ ...test.client, client: await certificate() });
      expect((await http2.request(`${BASE}/whoami`, ALICE)).status).to.equal(200);
      maps.modify(map(proxyCa.certificate, { 'requestheader-username-headers': '["X-My-User"]' }));
      const { text } = await http2.request(`${BASE}/whoami`, { ...ALICE, 'x-my-user': 'bob' });
      expect(JSON.parse(text)).to.deep.include({ leaked: [] });
      expect(JSON.parse(text).user.name).to.equal('bob');
      expect((await http2.request(`${BASE}/whoami`, ALICE)).status).to.equal(401);
      http2.close();
    });

    it('keeps the last valid configuration, stays ready, and logs the problem once', async () => {
      await start(fakeInformer(map(proxyCa.certificate)));
      const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
      maps.modify(map(broken));
      maps.modify(map(broken, { more: 'x' }));
      expect(await status(proxyCa)).to.equal(200);
      expect((await test.get('/readyz')).status).to.equal(200);
      expect(test.log.of('warn')).to.deep.equal([`${NAME}: requestheader-client-ca-file: certificate 1 is invalid`]);
      maps.delete(NAME);
      expect(await status(proxyCa)).to.equal(200);
    });

    it('responds with 503 and is not ready while there is no configuration', async () => {
      await start(new FakeInformer<ConfigMapLike>({ name: 'configmaps', notSynced: true }));
      expect(await status(proxyCa)).to.equal(503);
      const { status: code, text } = await test.get('/readyz');
      expect(code).to.equal(500);
      expect(text).to.contain('[-]authentication failed: reason withheld');
      expect((await test.get('/livez')).status).to.equal(200);
      maps.sync();
      expect(await status(proxyCa)).to.equal(503);
      expect(test.server.readiness().find(({ name }) => name === 'authentication')?.problem).to.equal(
        `${NAME} does not exist`,
      );
      maps.add(map(proxyCa.certificate));
      expect(await status(proxyCa)).to.equal(200);
      expect((await test.get('/readyz')).status).to.equal(200);
    });
  });

  describe('with a configured front proxy', () => {
    it('authenticates its users', async () => {
      const authentication = {
        clientCa: proxyCa.certificate,
        allowedNames: [],
        usernameHeaders: ['X-My-User'],
        uidHeaders: [],
        groupHeaders: [],
        extraHeaderPrefixes: [],
      };
      test = await TestServer.listening({ authentication, resources: [whoami] });
      const { text } = await both(
        `${BASE}/whoami`,
        { 'x-my-user': 'carol', ...ALICE },
        await certificate({ commonName: 'any' }),
      );
      expect(JSON.parse(text)).to.deep.include({ leaked: [] });
      expect(JSON.parse(text).user.name).to.equal('carol');
      for (const [wrong, message] of [
        [{ clientCa: 'nonsense' }, 'authentication: clientCa must contain a PEM certificate'],
        [{ usernameHeaders: [] }, 'authentication: usernameHeaders must name at least one header'],
      ] as const) {
        const made = TestServer.listening({ authentication: { ...authentication, ...wrong }, resources: [whoami] });
        const error = await made.catch((failure: unknown) => failure);
        expect(error).to.be.instanceOf(ServerDefinitionError);
        expect((error as Error).message).to.equal(message);
      }
    });
  });

  describe('with insecure-dev', () => {
    beforeEach(async () => {
      test = await TestServer.listening({ resources: [whoami] });
    });

    it('authenticates every request as the same user, and hides identity headers', async () => {
      const { status, text } = await both(`${BASE}/whoami`, { ...ALICE, authorization: 'Bearer x' });
      expect(status).to.equal(200);
      expect(JSON.parse(text)).to.deep.include({ leaked: [] });
      expect(JSON.parse(text).user.name).to.equal('kubefacet:insecure-dev');
    });

    it('refuses Impersonate-*', async () => {
      expect((await test.get(`${BASE}/whoami`, { 'impersonate-user': 'bob' })).status).to.equal(403);
    });

    for (const host of ['0.0.0.0', '::', '', '10.0.0.1', 'example.com']) {
      it(`does not listen on "${host}"`, async () => {
        const made = new TestServer({ resources: [whoami] }, (await servingAuthority()).certificate);
        const error = await made.server
          .listen({ port: 0, host, tls: await servingCertificate() })
          .catch((failure: unknown) => failure);
        expect(error).to.be.instanceOf(ServerDefinitionError);
        expect((error as Error).message).to.contain('is not a loopback address');
      });
    }
  });
});
