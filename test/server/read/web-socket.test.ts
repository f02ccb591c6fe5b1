import { once } from 'node:events';
import { expect } from 'chai';
import { type ClientOptions, WebSocket } from 'ws';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { requestHeaderConfig } from '../access/proxy.ts';

const ROWS = `${BASE}/podsummaries`;

describe('watch over WebSocket (conformance 2.10)', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let frames: { readonly text: string; readonly isBinary: boolean }[];
  const open = (path: string, options: ClientOptions = {}): WebSocket => {
    const { port, ca } = test.client;
    const all: ClientOptions & { servername: string } = { ca, servername: 'localhost', ...options };
    const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, all);
    socket.on('message', (data: Buffer, isBinary) => frames.push({ text: data.toString(), isBinary }));
    return socket;
  };
  const events = (): string[] =>
    frames.map(({ text }) => {
      const { type, object } = JSON.parse(text);
      return `${type} ${object.metadata?.name ?? object.code ?? ''}`;
    });
  const refused = async (socket: WebSocket): Promise<{ status: number; body: string }> => {
    const [, response] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body };
  };

  beforeEach(async () => {
    frames = [];
    pods = fakeInformer(pod('shop/a'), pod('shop/b'));
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  afterEach(() => test.close());

  it('sends each event as a separate text frame without a newline', async () => {
    const socket = open(`${ROWS}?watch=1&allowWatchBookmarks=true`);
    await until(() => frames.length === 3);
    pods.add(pod('shop/c'));
    pods.delete('shop/a');
    await until(() => frames.length === 5);
    expect(events()).to.deep.equal(['ADDED a', 'ADDED b', 'BOOKMARK ', 'ADDED c', 'DELETED a']);
    for (const { text, isBinary } of frames) expect([isBinary, text.includes('\n')]).to.deep.equal([false, false]);
    socket.close();
    await once(socket, 'close');
    await until(() => test.server.counts().watchers === 0);
    expect(test.clock.waiting).to.equal(0);
  });

  it('ignores messages of the client and responds to its pings', async () => {
    const socket = open(`${ROWS}?watch=1`);
    await until(() => frames.length === 2);
    socket.send('{"stop":true}');
    socket.ping('x');
    expect(String((await once(socket, 'pong'))[0])).to.equal('x');
    pods.add(pod('shop/c'));
    await until(() => frames.length === 3);
    socket.terminate();
    await until(() => test.server.counts().watchers === 0);
  });

  it('ends the watch of a client that does not respond to pings', async () => {
    const socket = open(`${ROWS}?watch=1`, { autoPong: false });
    await until(() => frames.length === 2);
    const pinged = once(socket, 'ping');
    test.clock.advance(30_000);
    await pinged;
    const closed = once(socket, 'close');
    test.clock.advance(30_000);
    expect((await closed)[0]).to.equal(1006);
    await until(() => test.server.counts().watchers === 0);
    expect(test.clock.waiting).to.equal(0);
  });

  for (const [cause, path, code] of [
    ['its timeout', `${ROWS}?watch=1&timeoutSeconds=5`, 1000],
    ['an ERROR event', `${ROWS}?watch=1&resourceVersion=1`, 1000],
  ] as const) {
    it(`closes after ${cause}`, async () => {
      const socket = open(path);
      const closed = once(socket, 'close');
      await until(() => frames.length > 0);
      test.clock.advance(5000);
      expect((await closed)[0]).to.equal(code);
      if (path.includes('resourceVersion')) expect(events()).to.deep.equal(['ERROR 410']);
      await until(() => test.server.counts().watchers === 0);
    });
  }

  it('closes with the server', async () => {
    const socket = open(`${ROWS}?watch=1`);
    await until(() => frames.length === 2);
    const closed = once(socket, 'close');
    await test.server.close();
    expect((await closed)[0]).to.equal(1000);
    expect(test.clock.waiting).to.equal(0);
  });

  for (const [path, status] of [
    [`${ROWS}?watch=1&labelSelector=((`, 400],
    [`${BASE}/nothing?watch=1`, 404],
    [ROWS, 200],
  ] as const) {
    it(`responds to ${path} with HTTP ${status}, as without an upgrade`, async () => {
      const { status: code, body } = await refused(open(path));
      expect(code).to.equal(status);
      expect(JSON.parse(body).kind).to.equal(status === 200 ? 'PodSummaryList' : 'Status');
      expect((await test.get('/livez')).text).to.equal('ok');
    });
  }

  it('authenticates before it upgrades', async () => {
    const other = test;
    test = await TestServer.listening({
      resources: [podSummaries(pods)],
      authentication: await requestHeaderConfig(),
    });
    await other.close();
    expect((await refused(open(`${ROWS}?watch=1`, { headers: { 'x-remote-user': 'alice' } }))).status).to.equal(401);
  });

  it('streams over plain HTTP if the handshake is invalid or asks for another upgrade', async () => {
    for (const headers of [
      { connection: 'Upgrade', upgrade: 'h2c' },
      { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x' },
    ]) {
      const { status, text } = await test.get(`${ROWS}?watch=1&resourceVersion=1`, headers);
      expect(status).to.equal(200);
      expect(text).to.match(/^\{"type":"ERROR".*\}\n$/);
    }
  });
});
