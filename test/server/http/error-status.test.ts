import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Middleware } from 'koa';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { ApiError, conflict } from '../../../src/server/wire/status.ts';
import { BASE, TestServer } from '../../support/test-server.ts';

const WITHHELD = "the request failed, the reason is in the server's log";
const secret = new Error('password is 1234');

const handlers: Record<string, Middleware> = {
  throws: () => {
    throw secret;
  },
  rejects: () => Promise.reject(secret),
  string: () => {
    // What is thrown need not be an error.
    throw 'just text' as unknown as Error;
  },
  late: (ctx) => {
    ctx.set({ ETag: '"x"', 'Content-Encoding': 'gzip', 'Cache-Control': 'public', 'Content-Type': 'text/html' });
    ctx.body = '<html>';
    throw secret;
  },
  koa404: (ctx) => ctx.throw(404, 'there is no such shop'),
  koa401: (ctx) => ctx.throw(401, { headers: { 'WWW-Authenticate': 'Basic' } }),
  koa418: (ctx) => ctx.throw(418),
  koa500: (ctx) => ctx.throw(500, 'password is 1234'),
  koa503: (ctx) => ctx.throw(503),
  assert: (ctx) => ctx.assert(ctx.query['q'], 400, 'q is missing'),
  api: () => {
    throw conflict({ group: 'example.com', resource: 'foo' }, 'x', 'it was changed');
  },
  cut: async (ctx) => {
    ctx.respond = false;
    ctx.res.statusCode = 200;
    ctx.res.write('half');
    await new Promise((resolve) => setImmediate(resolve));
    throw secret;
  },
  stream: (ctx) => {
    ctx.body = Readable.from(
      (async function* half() {
        yield 'half';
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('password is 1234');
      })(),
    );
  },
  nothing: () => undefined,
};

describe('errorStatus()', () => {
  let test: TestServer;

  beforeEach(async () => {
    const paths = Object.fromEntries(Object.entries(handlers).map(([name, GET]) => [`/${name}`, { GET }]));
    test = await TestServer.listening({ resources: [rawEndpoint({ name: 'foo', paths })] });
  });

  afterEach(() => test.close());

  for (const [name, code, reason, message, logged] of [
    ['throws', 500, 'InternalError', `Internal error occurred: ${WITHHELD}`, true],
    ['rejects', 500, 'InternalError', `Internal error occurred: ${WITHHELD}`, true],
    ['string', 500, 'InternalError', `Internal error occurred: ${WITHHELD}`, true],
    ['late', 500, 'InternalError', `Internal error occurred: ${WITHHELD}`, true],
    ['koa404', 404, 'NotFound', 'there is no such shop', false],
    ['koa401', 401, 'Unauthorized', 'Unauthorized', false],
    ['koa418', 418, undefined, "I'm a Teapot", false],
    ['koa500', 500, 'InternalError', WITHHELD, true],
    ['koa503', 503, 'ServiceUnavailable', WITHHELD, true],
    ['assert', 400, 'BadRequest', 'q is missing', false],
    ['api', 409, 'Conflict', 'Operation cannot be fulfilled on foo.example.com "x": it was changed', false],
  ] as const) {
    it(`answers ${name} with a Status ${code}${logged ? ' and logs the cause' : ''}`, async () => {
      const { status, text, headers } = await test.get(`${BASE}/foo/${name}`);
      expect(status).to.equal(code);
      expect(headers).to.include({ 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
      expect(headers).to.not.have.any.keys('etag', 'content-encoding');
      const body = JSON.parse(text);
      expect(body).to.deep.include({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code });
      expect(body.reason).to.equal(reason);
      expect(text).to.not.contain('1234');
      if (name === 'koa401') expect(headers['www-authenticate']).to.equal('Basic');
      const errors = test.log.entries.filter(({ level }) => level === 'error');
      expect(errors.map((entry) => entry.message)).to.deep.equal(logged ? [`GET ${BASE}/foo/${name} failed`] : []);
      if (name === 'throws') expect(errors[0]?.detail).to.equal(secret);
    });
  }

  for (const name of ['cut', 'stream']) {
    it(`cuts a response that fails in the middle (${name}), so that nobody takes it for whole`, async () => {
      for (const answer of [test.get(`${BASE}/foo/${name}`), test.http2.request(`${BASE}/foo/${name}`)]) {
        const failure = await answer.then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).to.be.instanceOf(Error);
      }
      expect(test.log.of('error')).to.have.length(2);
      expect((await test.get(`${BASE}/foo/api`)).status).to.equal(409);
    });
  }

  it('leaves a handler that answers nothing to koa', async () => {
    expect((await test.get(`${BASE}/foo/nothing`)).status).to.equal(404);
  });

  it('keeps the Audit-Id of the request, or gives one, with every answer', async () => {
    for (const path of ['/apis', '/readyz', '/nowhere', `${BASE}/nothing`, `${BASE}/foo/throws`]) {
      expect((await test.get(path, { 'audit-id': 'my-id' })).headers['audit-id'], path).to.equal('my-id');
      expect((await test.get(path)).headers['audit-id'], path).to.match(/^[0-9a-f-]{36}$/);
    }
  });

  it('passes ApiErrors of users through, with their headers', async () => {
    const error = new ApiError(
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'slow down', code: 429 },
      { headers: { 'Retry-After': '7' } },
    );
    const other = await TestServer.listening({
      resources: [rawEndpoint({ name: 'foo', paths: { '': { POST: () => Promise.reject(error) } } })],
    });
    const { status, headers } = await other.get(`${BASE}/foo`, {}, 'POST');
    expect(status).to.equal(429);
    expect(headers['retry-after']).to.equal('7');
    await other.close();
  });
});
