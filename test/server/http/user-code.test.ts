/** No error of a user's code ends the process: a table of the places where one can occur. */
import { EventEmitter, once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { RequestContext } from '../../../src/server/define/request-context.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { EscapedErrors, fail, REFUSED_PORT } from '../../support/stray-errors.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

type Handler = (ctx: RequestContext) => unknown;

const never = new Promise<never>(() => undefined);
const later = (work: () => void): void => void setImmediate(work);

/** Takes over the response. */
function detached(ctx: RequestContext): void {
  ctx.respond = false;
  ctx.res.writeHead(200, { 'Content-Type': 'text/plain' });
  ctx.res.write('begun');
}

const FAILURES: Readonly<Record<string, Handler>> = {
  'a handler that throws': fail,
  'a handler that rejects': async () => fail(),
  'a handler that throws a text': () => {
    throw 'broken'; // eslint-disable-line no-throw-literal
  },
  'a timer while the handler waits': () => {
    later(fail);
    return never;
  },
  'a timer after the handler has returned': (ctx) => {
    detached(ctx);
    later(fail);
  },
  'a promise that nothing awaits': (ctx) => {
    detached(ctx);
    void (async () => {
      await nextTurn();
      fail();
    })();
  },
  'a refused connection while the handler waits': (ctx) => {
    connect(REFUSED_PORT, '127.0.0.1').pipe(ctx.res, { end: false });
    return never;
  },
  'a refused connection after the handler has returned': (ctx) => {
    detached(ctx);
    ctx.req.pipe(connect(REFUSED_PORT, '127.0.0.1')).pipe(ctx.res);
  },
  'an emitter': (ctx) => {
    detached(ctx);
    const emitter = new EventEmitter();
    later(() => emitter.emit('error', new Error('broken')));
  },
  'a stream as the body, at once': (ctx) => {
    ctx.body = new Readable({ read: () => fail() });
  },
  'a stream as the body, later': (ctx) => {
    const stream = new Readable({ read: () => undefined });
    stream.push('begun');
    later(() => stream.destroy(new Error('broken')));
    ctx.body = stream;
  },
  'a generator as the body': (ctx) => {
    ctx.body = Readable.from(
      (async function* lines() {
        yield 'begun';
        await nextTurn();
        fail();
      })(),
    );
  },
};

describe('an error of a user', () => {
  const escaped = new EscapedErrors();
  let current: Handler;
  let test: TestServer;

  const resources = () => [
    rawEndpoint({ name: 'raw', paths: { '': { GET: (ctx) => current(ctx) as void } } }),
    podSummaries(fakeInformer(pod('shop/web')), {
      subresources: { sub: { GET: (ctx) => current(ctx) } },
    }),
  ];

  before(async () => {
    test = await TestServer.listening({ resources: resources() });
  });
  after(() => test.close());
  beforeEach(() => {
    test.log.entries.length = 0;
    escaped.start();
  });
  afterEach(() => escaped.stop());

  for (const [place, path] of [
    ['a raw endpoint', `${BASE}/raw`],
    ['a subresource', `${BASE}/namespaces/shop/podsummaries/web/sub`],
  ] as const) {
    for (const version of ['HTTP/1.1', 'HTTP/2'] as const) {
      for (const [name, handler] of Object.entries(FAILURES)) {
        it(`in ${name} ends only its request (${place}, ${version})`, async () => {
          current = handler;
          const send = version === 'HTTP/2' ? test.http2.request(path) : test.get(path);
          // Before the headers, the client receives a 500. Otherwise the response is cut.
          const status = await send.then(
            (response) => response.status,
            () => 'cut',
          );
          expect(status).to.be.oneOf([500, 'cut']);
          await until(() => test.log.of('error').length > 0);
          expect(test.log.of('error')).to.have.length(1);
          expect((await test.get('/livez')).text).to.equal('ok');
          expect(escaped.all).to.deep.equal([]);
        });
      }
    }
  }

  it('in a socket that was upgraded ends only its connection', async () => {
    current = (ctx) => {
      ctx.respond = false;
      const { socket } = ctx.req;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: portforward\r\n\r\n');
      socket.pipe(connect(REFUSED_PORT, '127.0.0.1')).pipe(socket);
    };
    const headers = { Connection: 'Upgrade', Upgrade: 'portforward' };
    const outgoing = httpsRequest({
      ...test.client,
      host: '127.0.0.1',
      servername: 'localhost',
      path: `${BASE}/raw`,
      headers,
    });
    outgoing.end();
    const [, socket] = (await once(outgoing, 'upgrade')) as [unknown, NodeJS.ReadableStream];
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    await until(() => test.log.of('error').length > 0);
    expect((await test.get('/livez')).text).to.equal('ok');
    expect(escaped.all).to.deep.equal([]);
  });

  it('in the log changes no response', async () => {
    const log = { debug: fail, info: fail, warn: fail, error: fail };
    const other = await TestServer.listening({ resources: resources(), log });
    for (const handler of Object.values(FAILURES)) {
      current = handler;
      await other.get(`${BASE}/raw`).catch(() => undefined);
      expect((await other.get('/livez')).text).to.equal('ok');
    }
    await other.close();
    expect(escaped.all).to.deep.equal([]);
  });
});
