import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Middleware } from 'koa';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { httpErrorStatus } from '../../../src/server/http/error-status.ts';
import { ApiError, badRequest, conflict } from '../../../src/server/wire/status.ts';
import { BASE, TestServer } from '../../support/test-server.ts';

const WITHHELD = "the request failed, the reason is in the server's log";
const secret = new Error('password is 1234');

const handlers: Record<string, Middleware> = {
  throws: () => {
    throw secret;
  },
  rejects: () => Promise.reject(secret),
  string: () => {
    // JavaScript can throw any value.
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
    it(`responds to ${name} with a Status ${code}${logged ? ' and logs the cause' : ''}`, async () => {
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
      const line = `GET ${BASE}/foo/${name} (request ${String(headers['audit-id'])}) failed`;
      expect(errors.map((entry) => entry.message)).to.deep.equal(logged ? [line] : []);
      if (name === 'throws') expect(errors[0]?.detail).to.equal(secret);
    });
  }

  it('logs the first 64 characters of the id that a client has chosen', async () => {
    await test.get(`${BASE}/foo/throws`, { 'audit-id': 'x'.repeat(10_000) });
    expect(test.log.of('error')).to.deep.equal([`GET ${BASE}/foo/throws (request ${'x'.repeat(64)}) failed`]);
  });

  for (const name of ['cut', 'stream']) {
    it(`cuts a response that fails in the middle (${name}), so that clients do not take it as complete`, async () => {
      for (const response of [test.get(`${BASE}/foo/${name}`), test.http2.request(`${BASE}/foo/${name}`)]) {
        const failure = await response.then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).to.be.instanceOf(Error);
      }
      expect(test.log.of('error')).to.have.length(2);
      expect((await test.get(`${BASE}/foo/api`)).status).to.equal(409);
    });
  }

  it('leaves a handler without a response to koa', async () => {
    expect((await test.get(`${BASE}/foo/nothing`)).status).to.equal(404);
  });

  it('sets an Audit-Id on every response: that of the request, or a new one', async () => {
    for (const path of ['/apis', '/readyz', '/nowhere', `${BASE}/nothing`, `${BASE}/foo/throws`]) {
      expect((await test.get(path, { 'audit-id': 'my-id' })).headers['audit-id'], path).to.equal('my-id');
      expect((await test.get(path)).headers['audit-id'], path).to.match(/^[0-9a-f-]{36}$/);
    }
  });

  it('sends an ApiError of a user as it is, with its headers', async () => {
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

const httpError = (fields: object): Error => Object.assign(new Error('text'), { expose: true, status: 400, ...fields });

describe('httpErrorStatus()', () => {
  for (const [name, error] of [
    ['an error', new Error('x')],
    ['an ApiError', badRequest('x')],
    ['an error with a status only', Object.assign(new Error('x'), { status: 404 })],
    ['a status that is no error', httpError({ status: 200 })],
    ['a status that is text', httpError({ status: '404' })],
    ['a status above 599', httpError({ status: 600 })],
    ['an object that is no error', { status: 404, expose: true, message: 'x' }],
    ['undefined', undefined],
  ] as const) {
    it(`returns undefined for ${name}`, () => expect(httpErrorStatus(error)).to.equal(undefined));
  }

  it('keeps the headers of the error, and the error as its cause', () => {
    const error = httpError({ status: 429, headers: { 'Retry-After': '5' } });
    const converted = httpErrorStatus(error);
    expect(converted?.cause).to.equal(error);
    expect(converted?.headers).to.deep.equal({ 'Retry-After': '5' });
    expect(converted?.status).to.deep.include({ code: 429, reason: 'TooManyRequests', message: 'text' });
  });

  it('withholds a message that the client must not see', () => {
    expect(httpErrorStatus(httpError({ expose: false, status: 503 }))?.status.message).to.not.equal('text');
  });
});
