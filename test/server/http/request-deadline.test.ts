import { expect } from 'chai';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { requestHeaderConfig } from '../access/proxy.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

const SLOW = `${BASE}/slow`;
const ROWS = `${BASE}/podsummaries`;

describe('requestDeadline()', () => {
  let test: TestServer;
  let finish: () => void;
  let signals: AbortSignal[];

  beforeEach(async () => {
    signals = [];
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = rawEndpoint({
      name: 'slow',
      paths: Object.fromEntries(
        ['', '/x/log', '/begun'].map((path) => [
          path,
          {
            GET: async (ctx) => {
              signals.push(ctx.state['signal']);
              if (path === '/begun') {
                ctx.respond = false;
                ctx.res.statusCode = 200;
                ctx.res.write('half');
              }
              await finished;
              ctx.set('X-Late', 'yes');
              ctx.body = { finished: true };
              if (path === '/begun') ctx.res.end();
            },
          },
        ]),
      ),
    });
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web'))), slow] });
  });

  afterEach(async () => {
    finish();
    await test.close();
  });

  for (const [query, milliseconds] of [
    ['', 60_000],
    ['?timeout=', 60_000],
    ['?timeout=5s', 5000],
    ['?timeout=5s&timeout=abc', 5000],
    ['?timeout=59.999s', 59_999],
    ['?timeout=0', 60_000],
    ['?timeout=-1s', 60_000],
    ['?timeout=2h', 60_000],
  ] as const) {
    it(`responds with 504 after ${milliseconds} ms to a request ${query === '' ? 'without a timeout' : `with ${query}`}`, async () => {
      const responses = [test.get(`${SLOW}${query}`), test.http2.request(`${SLOW}${query}`)];
      await until(() => signals.length === 2);
      test.clock.advance(milliseconds - 1);
      await settled();
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, false]);
      test.clock.advance(1);
      for (const { status, text, headers } of await Promise.all(responses)) {
        expect(status).to.equal(504);
        expect(headers).to.include({ 'content-type': 'application/json' });
        expect(JSON.parse(text)).to.deep.equal({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: 'Timeout: request did not complete within the allotted timeout',
          reason: 'Timeout',
          details: {},
          code: 504,
        });
      }
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
      expect(test.clock.waiting).to.equal(0);
      // The late results of the handlers are discarded without an error.
      finish();
      await settled();
      expect((await test.http2.request('/livez')).text).to.equal('ok');
      expect(test.log.of('error')).to.deep.equal([]);
    });
  }

  it('cancels its timer, and aborts the signal when the client disconnects', async () => {
    expect((await test.get(`${ROWS}?timeout=5s`)).status).to.equal(200);
    expect(test.clock.waiting).to.equal(0);
    const stream = test.http2.session.request({ ':path': SLOW });
    stream.on('error', () => undefined);
    await until(() => signals.length === 1);
    stream.close(8);
    await until(() => signals[0]?.aborted === true);
  });

  it('cuts a response that has begun', async () => {
    for (const response of [test.get(`${SLOW}/begun?timeout=1s`), test.http2.request(`${SLOW}/begun?timeout=1s`)]) {
      const failure = response.then(
        () => undefined,
        (error: unknown) => error,
      );
      await until(() => signals.length > 0);
      signals = [];
      test.clock.advance(1000);
      expect(await failure).to.be.instanceOf(Error);
    }
  });

  for (const [text, message] of [
    ['abc', 'time: invalid duration "abc"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
  ] as const) {
    it(`responds to ?timeout=${text} with 400 for every path`, async () => {
      for (const path of [ROWS, `${ROWS}/nothing`, '/apis', '/readyz', '/nowhere']) {
        const { status, text: body } = await test.get(`${path}?timeout=${text}`);
        expect(status).to.equal(400);
        expect(JSON.parse(body)).to.deep.include({
          reason: 'BadRequest',
          message: `invalid timeout specified in the request URL - ${message}`,
        });
      }
    });
  }

  it('authenticates the client before it reads the timeout', async () => {
    const other = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
    });
    expect((await other.get(`${ROWS}?timeout=abc`)).status).to.equal(401);
    expect((await other.get(`${ROWS}?timeout=5s`)).status).to.equal(401);
    await other.close();
  });

  it('ignores the timeout of watches and other long-running requests', async () => {
    for (const path of [`${ROWS}?watch=1&timeout=abc`, `${BASE}/watch/podsummaries?timeout=1s`]) {
      const stream = test.http2.watch(path);
      expect((await stream.next())?.type, path).to.equal('ADDED');
      test.clock.advance(61_000);
      await settled();
      expect(test.server.counts().watchers, path).to.equal(1);
      stream.cancel();
      await until(() => test.server.counts().watchers === 0);
    }
    const log = test.get(`${SLOW}/x/log?timeout=1s`);
    await until(() => signals.length === 1);
    test.clock.advance(61_000);
    await settled();
    finish();
    expect((await log).text).to.equal('{"finished":true}');
  });
});
