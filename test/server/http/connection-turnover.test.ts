import { expect } from 'chai';
import { type ClientHttp2Session, connect, type ClientHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { flatMap, identity } from '../../../src/projections/index.ts';
import { resource } from '../../../src/server/index.ts';
import { BASE, podSummaries, TestServer, type TestOptions } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

const WATCH = `${BASE}/podsummaries?watch=1&timeoutSeconds=7200`;
const HOUR_MS = 3_600_000;

describe('ConnectionTurnover', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const start = async (options: Partial<TestOptions>): Promise<TestServer> => {
    const test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web')))], ...options });
    open.push(test);
    return test;
  };
  const sessionOf = async (test: TestServer): Promise<ClientHttp2Session> => {
    const { port, ca } = test.client;
    const session = connect(`https://localhost:${port}`, { ca });
    open.push({ close: () => session.destroy() });
    await once(session, 'connect');
    return session;
  };
  /** Sends a request and returns its status when the response has ended. */
  const get = async (session: ClientHttp2Session, path = '/livez'): Promise<number> => {
    const stream = session.request({ ':path': path }).resume();
    const [headers] = (await once(stream, 'response')) as [{ ':status'?: number }];
    await once(stream, 'end');
    return headers[':status'] ?? 0;
  };
  const responding = async (stream: ClientHttp2Stream): Promise<ClientHttp2Stream> => {
    await once(stream, 'response');
    return stream;
  };
  it('asks an HTTP/2 client to leave at the maximum age, and keeps its watch until the timeout of the watch', async () => {
    const test = await start({ connections: { maxAge: HOUR_MS } });
    const session = await sessionOf(test);
    const watch = await responding(session.request({ ':path': WATCH }).resume());
    const goaway = once(session, 'goaway');
    let isEnded = false;
    watch.once('end', () => (isEnded = true));
    await test.clock.run(HOUR_MS - 1);
    expect(session.closed).to.equal(false);
    await test.clock.run(1);
    expect((await goaway)[0]).to.equal(0);
    await test.clock.run(1000);
    expect([isEnded, watch.rstCode, test.server.counts().watchers]).to.deep.equal([false, 0, 1]);
    await test.clock.run(HOUR_MS);
    await until(() => isEnded && session.destroyed);
    expect(watch.rstCode).to.equal(0);
    await until(() => test.server.counts().connections === 0);
  });

  it('closes an HTTP/2 connection without requests at the maximum age', async () => {
    const test = await start({ connections: { maxAge: HOUR_MS } });
    const session = await sessionOf(test);
    expect(await get(session)).to.equal(200);
    const closed = once(session, 'close');
    await test.clock.run(HOUR_MS);
    await closed;
  });

  it('ends an HTTP/1.1 connection after the next response', async () => {
    const test = await start({ connections: { maxAge: HOUR_MS } });
    const { Agent, get: send } = await import('node:https');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push({ close: () => agent.destroy() });
    const connection = (): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        const { port, ca } = test.client;
        const request = send({ host: 'localhost', port, ca, path: '/livez', agent }, (response) => {
          response.resume().once('end', () => resolve(response.headers.connection));
        });
        request.once('error', reject);
      });
    expect(await connection()).to.equal('keep-alive');
    await test.clock.run(HOUR_MS);
    expect(await connection()).to.equal('close');
    expect(await connection()).to.equal('keep-alive');
  });

  it('differs by a tenth between connections', async () => {
    let next = 0;
    const test = await start({ connections: { maxAge: HOUR_MS }, random: () => next });
    const [early] = [await sessionOf(test)];
    await get(early);
    next = 0.999;
    const late = await sessionOf(test);
    await get(late);
    await test.clock.run(0.9 * HOUR_MS);
    await until(() => early.destroyed);
    await test.clock.run(0.19 * HOUR_MS);
    expect(late.closed).to.equal(false);
  });

  it('ends the connection of a request by chance, after its response, and no connection of HTTP/1.1', async () => {
    let next = 0.5;
    const test = await start({ connections: { maxAge: 0, goawayChance: 0.001 }, random: () => next });
    const session = await sessionOf(test);
    expect(await get(session)).to.equal(200);
    expect(session.closed).to.equal(false);
    next = 0.0009;
    expect((await test.get('/livez')).status).to.equal(200);
    const closed = once(session, 'close');
    expect(await get(session)).to.equal(200);
    await test.clock.run(1000);
    await closed;
  });

  it('ignores the chance if a resource has positions of scheme local', async () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(flatMap((one) => [{ metadata: identity(one) }]));
    const local = resource({ kind: 'Local', plural: 'locals', namespaced: true }, rows);
    const test = await start({
      resources: [local],
      connections: { maxAge: 0, goawayChance: 0.001 },
      random: () => 0,
    });
    const session = await sessionOf(test);
    for (let request = 0; request < 3; request += 1) expect(await get(session)).to.equal(200);
    expect(session.closed).to.equal(false);
  });
});
