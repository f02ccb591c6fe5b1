/** Raw endpoints over sockets, with HTTP/1.1 and HTTP/2. */
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { apiServer } from '../../../src/server/api-server.ts';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import type { ClientResponse } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

const SHOP = `${BASE}/namespaces/mall/shops`;

describe('a raw endpoint', () => {
  let test: TestServer;
  let signals: AbortSignal[];
  /** Emits the next piece of a log. */
  let emit: (line: string | undefined) => void;

  before(async () => {
    const shops = rawEndpoint({
      name: 'shops',
      namespaced: true,
      paths: {
        '': { GET: (ctx) => void (ctx.body = ctx.params), HEAD: (ctx) => ctx.set('X-Shops', '7') },
        '/:shop': {
          GET: (ctx) => void (ctx.body = { ...ctx.params, user: ctx.state.user?.name }),
          OPTIONS: (ctx) => {
            ctx.set('Allow', 'GET');
            ctx.status = 204;
          },
        },
        '/:shop/log': {
          GET: (ctx) => {
            const { signal } = ctx.state;
            signals.push(signal);
            ctx.body = Readable.from(lines(signal));
          },
        },
        '/:shop/fails': {
          GET: () => {
            throw new Error('password is 1234');
          },
        },
        '/:shop/goods': {
          PUT: async (ctx) => {
            let length = 0;
            for await (const piece of ctx.req) length += (piece as Buffer).length;
            ctx.body = { length };
          },
          POST: (ctx) => {
            ctx.type = 'application/octet-stream';
            ctx.body = ctx.req;
          },
        },
      },
    });
    const whoami = rawEndpoint({
      path: '/whoami',
      paths: {
        '': { GET: (ctx) => void (ctx.body = { who: 'am I' }) },
        '/:part': { GET: (ctx) => void (ctx.body = ctx.params) },
      },
    });
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web'))), shops, whoami] });
  });

  beforeEach(() => {
    signals = [];
  });

  after(() => test.close());

  async function* lines(signal: AbortSignal): AsyncIterable<string> {
    while (!signal.aborted) {
      const line = await new Promise<string | undefined>((resolve) => {
        emit = resolve;
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      });
      if (line === undefined) return;
      yield line;
    }
  }

  const both = (method: string, path: string, body?: string): Promise<ClientResponse>[] => [
    new Promise((resolve, reject) => {
      const request = httpsRequest(
        { ...test.client, host: '127.0.0.1', servername: 'localhost', agent: false, method, path },
        (response) => resolve(responseOf(response)),
      );
      request.on('error', reject);
      request.end(body);
    }),
    test.http2.request(path, { ':method': method }, body),
  ];

  async function responseOf(response: IncomingMessage): Promise<ClientResponse> {
    const bytes = Buffer.concat(await response.toArray());
    return { status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString() };
  }

  for (const [method, path, code, body] of [
    ['GET', SHOP, 200, { namespace: 'mall' }],
    ['GET', `${SHOP}/`, 200, { namespace: 'mall' }],
    ['GET', `${SHOP}/web`, 200, { shop: 'web', namespace: 'mall', user: 'kubefacet:insecure-dev' }],
    ['GET', `${SHOP}/a%20b%25?q=1`, 200, { shop: 'a b%', namespace: 'mall', user: 'kubefacet:insecure-dev' }],
    ['GET', `${SHOP}/%2e%2e`, 400, undefined],
    ['GET', `${BASE}/namespaces/%2e%2e/shops`, 400, undefined],
    ['GET', `${BASE}/shops`, 404, undefined],
    ['GET', `${BASE}/shops/web`, 404, undefined],
    ['GET', `${SHOP}/web/nothing`, 404, undefined],
    ['GET', `${SHOP}/web/log/more`, 404, undefined],
    ['PUT', `${SHOP}/web`, 405, undefined],
    ['GET', `${SHOP}/web/fails`, 500, undefined],
    ['GET', `${BASE}/whoami`, 200, { who: 'am I' }],
    ['GET', `${BASE}/whoami/really`, 200, { part: 'really' }],
    ['GET', `${BASE}/namespaces/mall/whoami`, 404, undefined],
    ['POST', `${BASE}/whoami`, 405, undefined],
  ] as const) {
    it(`responds to ${method} ${path} with ${code}`, async () => {
      for (const response of both(method, path)) {
        const { status, text } = await response;
        expect(status).to.equal(code);
        if (body !== undefined) expect(JSON.parse(text)).to.deep.equal(body);
        else expect(JSON.parse(text)).to.deep.include({ kind: 'Status', status: 'Failure', code });
        expect(text).to.not.contain('1234');
      }
    });
  }

  it('calls its handlers for HEAD and OPTIONS, or responds with 405 and the allowed methods', async () => {
    for (const response of both('HEAD', SHOP)) {
      expect((await response).headers).to.include({ 'x-shops': '7' });
    }
    for (const response of both('OPTIONS', `${SHOP}/web`)) {
      expect(await response).to.include({ status: 204, text: '' });
    }
    for (const method of ['HEAD', 'OPTIONS']) {
      for (const response of both(method, `${SHOP}/web/log`)) {
        const { status, headers } = await response;
        expect([status, headers['allow']]).to.deep.equal([405, 'GET']);
      }
    }
  });

  it('streams the body of its handler', async () => {
    for (const open of [lineReader1, lineReader2]) {
      const stream = await open();
      for (const line of ['one\n', 'two\n']) {
        emit(line);
        expect(await stream.next()).to.equal(line);
      }
      emit(undefined);
      expect(await stream.next()).to.equal(undefined);
    }
  });

  it('aborts the signal of its handler when the client disconnects', async () => {
    test.log.entries.length = 0;
    for (const open of [lineReader1, lineReader2]) {
      const stream = await open();
      emit('one\n');
      await stream.next();
      const signal = signals.at(-1);
      expect(signal?.aborted).to.equal(false);
      stream.disconnect();
      await until(() => signal?.aborted === true);
    }
    await settled();
    expect(test.log.of('error')).to.deep.equal([]);
  });

  it('has no timeout if it is a log, as everywhere in Kubernetes', async () => {
    const stream = await lineReader1();
    test.clock.advance(600_000);
    emit('late\n');
    expect(await stream.next()).to.equal('late\n');
    stream.disconnect();
  });

  it('reads bodies of any size', async () => {
    const body = 'x'.repeat(8 * 1024 * 1024);
    for (const response of both('PUT', `${SHOP}/web/goods`, body)) {
      expect(JSON.parse((await response).text)).to.deep.equal({ length: body.length });
    }
  });

  it('can echo the body of a request while it arrives', async () => {
    const body = Array.from({ length: 100_000 }, (_, line) => `${line}\n`).join('');
    for (const response of both('POST', `${SHOP}/web/goods`, body)) {
      const { status, text } = await response;
      expect([status, text === body]).to.deep.equal([200, true]);
    }
  });

  it('logs an error of a handler, and hides it from the client', async () => {
    test.log.entries.length = 0;
    const { headers } = await test.get(`${SHOP}/web/fails`);
    const [entry] = test.log.entries;
    expect(entry?.message).to.equal(`GET ${SHOP}/web/fails (request ${String(headers['audit-id'])}) failed`);
    expect(entry?.detail).to.be.instanceOf(Error).with.property('message', 'password is 1234');
  });

  it('is in discovery, unless it has a path', async () => {
    const { resources } = await test.json(BASE);
    const shown = resources.map((one: { name: string; verbs: string[]; namespaced: boolean }) => [
      one.name,
      one.namespaced,
      one.verbs.join(),
    ]);
    expect(shown).to.deep.equal([
      ['podsummaries', true, 'get,list,watch'],
      ['podsummaries/explain', true, 'get'],
      ['shops', true, 'get'],
      ['shops/log', true, 'get'],
      ['shops/fails', true, 'get'],
      ['shops/goods', true, 'update,create'],
    ]);
    const { text } = await test.get('/apis', {
      accept: 'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
    });
    expect(text).to.contain('"shops"').and.not.contain('whoami');
  });

  for (const path of ['/podsummaries', '/psum', '/podsummaries/extra']) {
    it(`rejects the path ${path}, which belongs to a resource`, () => {
      const endpoint = rawEndpoint({ path, paths: { '': { GET: () => undefined } } });
      const resources = [podSummaries(fakeInformer(pod('shop/web'))), endpoint];
      const apis = [{ group: 'example.com', version: 'v1', resources }];
      const options = { apis, authentication: 'insecure-dev' } as const;
      expect(() => apiServer(options)).to.throw(ServerDefinitionError, /names both podsummaries and/);
    });
  }

  interface PieceReader {
    /** Returns the next piece, or undefined at the end. */
    next(): Promise<string | undefined>;
    disconnect(): void;
  }

  async function lineReader1(): Promise<PieceReader> {
    const options = { ...test.client, host: '127.0.0.1', servername: 'localhost', agent: false as const };
    const count = signals.length;
    const request = httpsRequest({ ...options, path: `${SHOP}/web/log` });
    request.on('error', () => undefined);
    request.end();
    await until(() => signals.length > count);
    const response = once(request, 'response').then(([message]) => (message as IncomingMessage).setEncoding('utf8'));
    response.catch(() => undefined);
    return reader(response, () => request.destroy());
  }

  async function lineReader2(): Promise<PieceReader> {
    const count = signals.length;
    const stream = test.http2.session.request({ ':path': `${SHOP}/web/log` });
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    await until(() => signals.length > count);
    return reader(Promise.resolve(stream), () => stream.close());
  }

  function reader(opened: Promise<Readable>, disconnect: () => void): PieceReader {
    let iterator: AsyncIterator<string> | undefined;
    return {
      async next() {
        iterator ??= (await opened)[Symbol.asyncIterator]();
        const { done, value } = await iterator.next();
        return done === true ? undefined : value;
      },
      disconnect,
    };
  }
});
