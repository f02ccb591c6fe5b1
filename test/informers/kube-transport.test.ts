import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import {
  UpstreamApiError,
  ConnectionError,
  CredentialsError,
  DecodeError,
  IdleTimeoutError,
  KubeConfigError,
  ResponseTooLargeError,
} from '../../src/informers/errors.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );

describe('KubeTransport', () => {
  let server: TlsServer;
  let transport: KubeTransport;

  beforeEach(async () => {
    server = await tlsServer();
    transport = new KubeTransport(server.config());
  });

  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  it('reads JSON over HTTP/2 with the token of the kubeconfig', async () => {
    let seen: unknown;
    server.handle = (request, response) => {
      const { authorization, accept, 'user-agent': agent } = request.headers;
      seen = { path: request.url, version: request.httpVersion, authorization, accept, agent };
      response.end('{"kind":"ConfigMap"}');
    };
    expect(
      await transport.get('/api/v1/x', { query: { limit: 5, continue: 'a b&c', watch: undefined } }),
    ).to.deep.equal({
      kind: 'ConfigMap',
    });
    expect(seen).to.deep.equal({
      path: '/api/v1/x?limit=5&continue=a+b%26c',
      version: '2.0',
      authorization: 'Bearer secret',
      accept: 'application/json',
      agent: 'kubefacet',
    });
  });

  it('does not round integers above 2^53', async () => {
    server.handle = (_, response) => response.end('{"items":[{"spec":{"at":1764512345678901235,"n":1}}]}');
    expect(await transport.get('/api/v1/x')).to.deep.equal({ items: [{ spec: { at: 1764512345678901235n, n: 1 } }] });
  });

  it('sends JSON', async () => {
    server.handle = (request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () =>
        response.end(JSON.stringify({ method: request.method, type: request.headers['content-type'], body })),
      );
    };
    expect(await transport.send('/x', { method: 'POST', body: { a: 1, b: [1764512345678901235n] } })).to.deep.equal({
      method: 'POST',
      type: 'application/json',
      body: '{"a":1,"b":[1764512345678901235]}',
    });
  });

  it('opens one connection for 20 parallel lists and a watch', async () => {
    server.handle = (request, response) => {
      if (request.url === '/watch') response.write('{}\n');
      else response.end('{}');
    };
    const watch = await transport.open('/watch');
    await Promise.all(Array.from({ length: 20 }, (_, index) => transport.get(`/list/${index}`)));
    expect(server.connections.made).to.equal(1);
    watch.body.destroy();
  });

  it('opens one connection for 20 requests before the first connection', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => transport.get(`/list/${index}`)));
    expect(server.connections.made).to.equal(1);
  });

  it('uses HTTP/1.1 if the server has no HTTP/2', async () => {
    const old = await tlsServer({ http1: true });
    old.handle = (request, response) => response.end(JSON.stringify({ version: request.httpVersion }));
    const other = new KubeTransport(old.config());
    expect(await other.get('/')).to.deep.equal({ version: '1.1' });
    for (let index = 0; index < 5; index += 1) await other.get('/');
    expect(old.connections.made).to.be.at.most(2);
    await other.close();
    await old.close();
  });

  it('throws a Status as an UpstreamApiError with its fields', async () => {
    const status = {
      kind: 'Status',
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: Too large resource version: 5, current: 4',
      details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] },
    };
    server.handle = (_, response) => {
      response.statusCode = 504;
      response.end(JSON.stringify(status));
    };
    const error = await failureOf(transport.get('/'));
    expect(error).to.be.instanceOf(UpstreamApiError);
    expect(error).to.include({ code: 504, reason: 'Timeout', message: status.message, retryAfterSeconds: 1 });
    expect(error).to.have.deep.property('causes', ['ResourceVersionTooLarge']);
  });

  const retries: [string, () => string, (seconds: number | undefined) => void][] = [
    ['seconds', () => '7', (seconds) => expect(seconds).to.equal(7)],
    [
      'a date',
      () => new Date(Date.now() + 3600_000).toUTCString(),
      (seconds) => expect(seconds).to.be.within(3500, 3600),
    ],
    ['a past date', () => new Date(0).toUTCString(), (seconds) => expect(seconds).to.equal(0)],
    ['nonsense', () => 'soon', (seconds) => expect(seconds).to.equal(undefined)],
  ];
  for (const [name, header, check] of retries) {
    it(`reads Retry-After as ${name}`, async () => {
      server.handle = (_, response) => {
        response.writeHead(429, { 'retry-after': header() });
        response.end('slow\ndown');
      };
      const error = await failureOf(transport.get('/'));
      expect(error)
        .to.be.instanceOf(UpstreamApiError)
        .with.property('message', 'the API server responded with status 429: slow');
      check((error as UpstreamApiError).retryAfterSeconds);
    });
  }

  it('refuses a response that is not JSON or is too large', async () => {
    server.handle = (_, response) => response.end('<html>');
    expect(await failureOf(transport.get('/'))).to.be.instanceOf(DecodeError);
    server.handle = (_, response) => response.end(JSON.stringify('x'.repeat(2_000)));
    const small = new KubeTransport(server.config(), { maxResponseBytes: 1_000 });
    expect(await failureOf(small.get('/pods'))).to.be.instanceOf(ResponseTooLargeError);
    await small.close();
  });

  it('fails with the reason of its signal, and closes the stream', async () => {
    const closed = new Promise<void>((resolve) => {
      server.handle = (request, response) => {
        response.write('[');
        request.stream.on('close', resolve);
      };
    });
    const controller = new AbortController();
    const waiting = failureOf(transport.get('/', { signal: controller.signal }));
    await server.openConnections(1);
    controller.abort(new Error('enough'));
    expect((await waiting).message).to.equal('enough');
    controller.abort();
    expect((await failureOf(transport.get('/', { signal: controller.signal }))).message).to.equal('enough');
    const later = new AbortController();
    const body = (await transport.open('/', { signal: later.signal })).body;
    later.abort(new Error('later'));
    await failureOf(body.text());
    await closed;
  });

  it('detects a silent response', async () => {
    server.handle = (_, response) => void response.write('[');
    const error = await failureOf(transport.get('/', { idleTimeout: 50 }));
    expect(error).to.be.instanceOf(IdleTimeoutError);
    expect(error.message).to.equal(`${server.url} has stopped sending its response`);
  });

  it('detects a missing response, and opens a new connection', async () => {
    const strict = new KubeTransport(server.config(), { headersTimeout: 50 });
    server.handle = () => undefined;
    const error = await failureOf(strict.get('/'));
    expect(error).to.be.instanceOf(IdleTimeoutError);
    expect(error.message).to.equal(`${server.url} does not respond`);
    const before = server.connections.made;
    server.handle = (_, response) => response.end('{}');
    await strict.get('/');
    expect(server.connections.made).to.equal(before + 1);
    await strict.close();
  });

  it('uses new credentials for the next request, and a new connection for a new certificate', async () => {
    const kubeConfig = server.config({ token: 'first' });
    const rotating = new KubeTransport(kubeConfig);
    const seen: unknown[] = [];
    server.handle = (request, response) => {
      const socket = request.socket as unknown as { getPeerCertificate(): { subject?: { CN?: string } } };
      seen.push([request.headers.authorization, socket.getPeerCertificate().subject?.CN]);
      response.end('{}');
    };
    await rotating.get('/');
    kubeConfig.users[0] = { name: 'tester', token: 'second' };
    await rotating.get('/');
    expect(server.connections.made).to.equal(1);
    for (const commonName of ['alice', 'bob']) {
      const { certificate, key } = await server.authority.issue({ commonName, usage: 'client' });
      const [certData, keyData] = [certificate, key].map((pem) => Buffer.from(pem).toString('base64'));
      kubeConfig.users[0] = { name: 'tester', certData: certData!, keyData: keyData! };
      await rotating.get('/');
      await rotating.get('/');
    }
    expect(seen).to.deep.equal([
      ['Bearer first', undefined],
      ['Bearer second', undefined],
      [undefined, 'alice'],
      [undefined, 'alice'],
      [undefined, 'bob'],
      [undefined, 'bob'],
    ]);
    expect(server.connections.made).to.equal(3);
    await rotating.close();
  });

  it('keeps a watch on the old certificate open, and closes its connection afterwards', async () => {
    const kubeConfig = server.config();
    const rotating = new KubeTransport(kubeConfig);
    let send: (text: string) => void = () => undefined;
    server.handle = (request, response) => {
      if (request.url !== '/watch') return response.end('{}');
      response.write('1');
      send = (text) => response.end(text);
    };
    const { body } = await rotating.open('/watch');
    const { certificate, key } = await server.authority.issue({ commonName: 'new', usage: 'client' });
    kubeConfig.users[0] = {
      name: 'tester',
      certData: Buffer.from(certificate).toString('base64'),
      keyData: Buffer.from(key).toString('base64'),
    };
    await rotating.get('/');
    expect(server.connections.open.size).to.equal(2);
    send('2');
    expect(await body.text()).to.equal('12');
    await server.openConnections(1);
    await rotating.close();
  });

  it('sends user and password, and the user to impersonate', async () => {
    server.handle = (request, response) =>
      response.end(JSON.stringify([request.headers.authorization, request.headers['impersonate-user']]));
    const basic = new KubeTransport(server.config({ username: 'u', password: 'p', impersonateUser: 'jane' }));
    expect(await basic.get('/')).to.deep.equal([`Basic ${Buffer.from('u:p').toString('base64')}`, 'jane']);
    await basic.close();
  });

  it('trusts the authority of the cluster when the context has no user', async () => {
    const kubeConfig = server.config();
    kubeConfig.users = [];
    kubeConfig.contexts = [{ name: 'anonymous', cluster: 'test', user: '' }];
    kubeConfig.setCurrentContext('anonymous');
    const anonymous = new KubeTransport(kubeConfig);
    expect(await anonymous.get('/')).to.deep.equal({});
    await anonymous.close();
  });

  it('reports in one line why the server cannot be reached', async () => {
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    const plain = http.createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const plainPort = (plain.address() as AddressInfo).port;
    const cases: [Record<string, unknown>, RegExp][] = [
      [{ server: `https://127.0.0.1:${port}` }, /^can't reach https:\/\/127.0.0.1:\d+: connection refused$/],
      [{ server: `https://localhost:${port}` }, /connection refused$/],
      [{ server: 'https://no-such-host.invalid' }, /(no such host|cannot be resolved now)$/],
      [{ server: `https://127.0.0.1:${plainPort}` }, /it does not speak TLS$/],
      [{ caData: undefined }, /not signed by the authority of the kubeconfig$/],
      [{ tlsServerName: 'other.example' }, /its certificate is for other names$/],
    ];
    for (const [cluster, message] of cases) {
      const broken = new KubeTransport(server.config({}, cluster));
      const error = await failureOf(broken.get('/'));
      expect(error, String(message)).to.be.instanceOf(ConnectionError);
      expect(error.message).to.match(message);
      await broken.close();
    }
    plain.close();
  });

  it('connects to a server without TLS, and sends it no credentials', async () => {
    const plain = http.createServer((request, response) =>
      response.end(JSON.stringify([request.headers.authorization ?? 'none'])),
    );
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const url = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const insecure = new KubeTransport(server.config({ token: 'secret' }, { server: url, caData: undefined }));
    expect(await insecure.get('/')).to.deep.equal(['none']);
    await insecure.close();
    plain.close();
  });

  it('connects through an HTTP proxy, and refuses other proxies', async () => {
    const proxied: string[] = [];
    const proxy = http.createServer().on('connect', (request, client: net.Socket) => {
      proxied.push(request.url ?? '');
      const [host = '', port] = (request.url ?? '').split(':');
      const socket = net.connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      socket.pipe(client).pipe(socket);
      socket.on('error', () => client.destroy());
      client.on('error', () => socket.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const through = new KubeTransport(server.config({}, { proxyUrl }));
    expect(await through.get('/')).to.deep.equal({});
    expect(proxied).to.deep.equal([server.url.replace('https://', '')]);
    await through.close();
    proxy.close();
    const socks = new KubeTransport(server.config({}, { proxyUrl: 'socks5://127.0.0.1:1' }));
    expect((await failureOf(socks.get('/'))).message).to.match(/proxy-url of cluster "test" is not supported/);
  });

  it('names the credentials that cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubefacet-'));
    const missing = new KubeTransport(
      server.config({ certFile: join(folder, 'none.crt'), keyFile: join(folder, 'none.key') }),
    );
    const error = await failureOf(missing.get('/'));
    expect(error).to.be.instanceOf(CredentialsError);
    expect(error.message).to.match(/^the credentials for cluster "test" cannot be read: .*none\.crt/);
    const config = join(folder, 'config');
    await writeFile(config, JSON.stringify({ clusters: [], contexts: [], users: [] }));
    const empty = new KubeConfig();
    empty.loadFromFile(config);
    expect(await failureOf(new KubeTransport(empty).get('/'))).to.be.instanceOf(KubeConfigError);
    await rm(folder, { recursive: true });
  });

  it('ends all requests at close(), and refuses later ones', async () => {
    server.handle = (_, response) => void response.write('[');
    const waiting = failureOf(transport.get('/'));
    await server.openConnections(1);
    await transport.close();
    expect(await waiting).to.be.instanceOf(ConnectionError);
    expect(await failureOf(transport.get('/')))
      .to.be.instanceOf(ConnectionError)
      .with.property('message', 'the transport is closed');
    await server.openConnections(0);
  });
});
