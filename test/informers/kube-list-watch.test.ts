import { expect } from 'chai';
import type { Http2ServerResponse } from 'node:http2';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import {
  UpstreamApiError,
  ConnectionError,
  DecodeError,
  IdleTimeoutError,
  NotWatchableError,
} from '../../src/informers/errors.ts';
import { KubeListWatch } from '../../src/informers/kube-list-watch.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import type { WatchEvent } from '../../src/informers/list-watch.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const never = new AbortController().signal;
const frame = (type: string, name: string): string =>
  `${JSON.stringify({ type, object: { kind: 'Pod', metadata: { name, resourceVersion: '5' } } })}\n`;

async function failureOf(frames: AsyncIterable<unknown>): Promise<Error> {
  try {
    for await (const _ of frames);
  } catch (error) {
    return error as Error;
  }
  return new Error('it did not fail');
}

describe('KubeListWatch', () => {
  let server: TlsServer;
  let transport: KubeTransport;
  let pods: KubeListWatch<SourceObject>;

  beforeEach(async () => {
    server = await tlsServer();
    transport = new KubeTransport(server.config());
    const source = { group: '', version: 'v1', resource: 'pods', namespace: 'shop', labelSelector: 'app=web,tier!=x' };
    pods = new KubeListWatch(transport, source);
  });

  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  /** Starts a watch. Returns the URL of its request, the response to write to, and the frames. */
  async function watching(): Promise<{
    readonly url: URL;
    readonly response: Http2ServerResponse;
    readonly frames: AsyncIterator<WatchEvent<SourceObject>> & AsyncIterable<WatchEvent<SourceObject>>;
    readonly abort: (reason: Error) => void;
    readonly ended: Promise<void>;
  }> {
    const controller = new AbortController();
    const received = new Promise<{ url: URL; response: Http2ServerResponse; ended: Promise<void> }>((resolve) => {
      server.handle = (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.stream.on('error', () => undefined);
        const ended = new Promise<void>((done) => response.stream.on('close', done));
        response.write('\n');
        resolve({ url: new URL(request.url, server.url), response, ended });
      };
    });
    const frames = await pods.watch(
      { resourceVersion: '4', allowWatchBookmarks: true, timeoutSeconds: 300 },
      controller.signal,
    );
    const generator = frames as AsyncGenerator<WatchEvent<SourceObject>>;
    return { ...(await received), frames: generator, abort: (reason) => controller.abort(reason) };
  }

  it('requests a page of the selected objects', async () => {
    let url = '';
    server.handle = (request, response) => {
      url = request.url;
      const metadata = { resourceVersion: '7', continue: 'next' };
      response.end(
        JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: [{ metadata: { name: 'a' } }] }),
      );
    };
    const page = await pods.list({ limit: 500, resourceVersion: '3', resourceVersionMatch: 'NotOlderThan' }, never);
    expect(new URL(url, server.url).pathname).to.equal('/api/v1/namespaces/shop/pods');
    expect(Object.fromEntries(new URL(url, server.url).searchParams)).to.deep.equal({
      labelSelector: 'app=web,tier!=x',
      limit: '500',
      resourceVersion: '3',
      resourceVersionMatch: 'NotOlderThan',
    });
    expect(page).to.deep.equal({
      items: [{ metadata: { name: 'a' } }],
      apiVersion: 'v1',
      kind: 'PodList',
      resourceVersion: '7',
      continue: 'next',
    });
    expect(pods.name).to.equal('pods in namespace shop');
  });

  it('decodes a large page in slices, with turns of the event loop between them', async () => {
    const items = Array.from({ length: 300 }, (_, index) => ({
      metadata: { name: `a-${index}` },
      spec: 'x'.repeat(9000),
    }));
    const text = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items });
    server.handle = (_, response) => response.end(text);
    const page = await pods.list({}, never);
    expect(page).to.deep.include({ items: [], kind: 'PodList', resourceVersion: '7' });
    const slices: (readonly SourceObject[])[] = [];
    let turns = 0;
    let ended = false;
    const count = (): void => {
      turns += 1;
      if (!ended) setImmediate(count);
    };
    setImmediate(count);
    for await (const slice of page.slices ?? []) slices.push(slice);
    ended = true;
    expect(slices.flat()).to.deep.equal(items);
    expect(Math.max(...slices.map(({ length }) => length))).to.be.at.most(60);
    expect(turns).to.be.at.least(slices.length - 1);
    server.handle = (_, response) => response.end(text.replace('"a-299"', '"a-299'));
    const broken = await pods.list({}, never);
    const reading = (async () => {
      for await (const slice of broken.slices ?? []) slices.push(slice);
    })();
    expect(await reading.catch((error: unknown) => error)).to.be.instanceOf(DecodeError);
  });

  it('accepts a list without items as an empty one, and rejects other responses', async () => {
    server.handle = (_, response) => response.end('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":null}');
    expect((await pods.list({}, never)).items).to.deep.equal([]);
    for (const body of ['{"kind":"Pod"}', '[]', '{"items":{}}', 'null']) {
      server.handle = (_, response) => response.end(body);
      const error = await pods.list({}, never).catch((failure: unknown) => failure);
      expect(error, body).to.be.instanceOf(DecodeError);
    }
  });

  it('accepts a list whose items are missing, as servers in Go send an empty list', async () => {
    const omitted = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '5' } };
    server.handle = (_, response) => response.end(JSON.stringify(omitted));
    expect(await pods.list({}, never))
      .to.include({ resourceVersion: '5' })
      .and.have.deep.property('items', []);
    for (const body of [{ kind: 'Pod' }, {}, { metadata: {} }, { kind: 5 }]) {
      server.handle = (_, response) => response.end(JSON.stringify(body));
      const error: unknown = await pods.list({}, never).catch((failure: unknown) => failure);
      expect(error, JSON.stringify(body)).to.be.instanceOf(DecodeError);
    }
  });

  it('opens a watch before its first frame', async () => {
    const { url, frames, abort } = await watching();
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      labelSelector: 'app=web,tier!=x',
      resourceVersion: '4',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '300',
      watch: 'true',
    });
    abort(new Error('enough'));
    expect((await failureOf(frames)).message).to.equal('enough');
  });

  it('returns frames as they arrive, even byte by byte', async () => {
    const { response, frames } = await watching();
    const bytes = Buffer.from(`${frame('ADDED', 'größe-😀')}${frame('DELETED', 'b')}`);
    for (const byte of bytes) {
      response.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const first = await frames.next();
    expect(first.value).to.have.nested.property('object.metadata.name', 'größe-😀');
    expect((await frames.next()).value).to.have.property('type', 'DELETED');
    response.write(`${frame('BOOKMARK', 'c')}${frame('ERROR', 'd')}`);
    expect((await frames.next()).value).to.have.property('type', 'BOOKMARK');
    expect((await frames.next()).value).to.have.property('type', 'ERROR');
    response.end();
    expect((await frames.next()).done).to.equal(true);
  });

  const garbage: [string, string, typeof DecodeError | typeof NotWatchableError | typeof ConnectionError][] = [
    ['invalid JSON', '{"type":\n', DecodeError],
    ['a frame without an object', '{"type":"ADDED"}\n', DecodeError],
    ['an unknown type', '{"type":"CHANGED","object":{}}\n', DecodeError],
    ['a number', '5\n', DecodeError],
    ['a list', '{"kind":"PodList","items":[]}', NotWatchableError],
    ['half a frame at the end', '{"type":"ADD', ConnectionError],
  ];
  for (const [name, text, type] of garbage) {
    it(`fails on ${name}, after the frames before it`, async () => {
      const { response, frames } = await watching();
      response.end(`${frame('ADDED', 'a')}${text}`);
      expect((await frames.next()).value).to.have.property('type', 'ADDED');
      expect(await failureOf(frames)).to.be.instanceOf(type);
    });
  }

  it('accepts a last frame without its newline', async () => {
    const { response, frames } = await watching();
    response.end(frame('ADDED', 'a').trimEnd());
    expect((await frames.next()).value).to.have.property('type', 'ADDED');
    expect((await frames.next()).done).to.equal(true);
  });

  it('adds the kind of the list, or of an earlier event, to objects of events without one', async () => {
    const event = (name: string, type: object = {}): string =>
      JSON.stringify({ type: 'ADDED', object: { ...type, metadata: { name } } });
    const { response, frames } = await watching();
    response.write(event('a') + event('b', { apiVersion: 'v1', kind: 'Pod' }) + event('c'));
    const kinds: unknown[] = [];
    for (let n = 0; n < 3; n += 1) kinds.push((await frames.next()).value?.object.kind);
    expect(kinds).to.deep.equal([undefined, 'Pod', 'Pod']);
    server.handle = (_, listed) => listed.end('{"kind":"JobList","metadata":{},"items":[]}');
    await pods.list({}, never);
    response.write(event('d'));
    const { object } = (await frames.next()).value as WatchEvent<SourceObject>;
    expect(object).to.deep.equal({ apiVersion: 'v1', kind: 'Job', metadata: { name: 'd' } });
  });

  it('fails when the connection breaks', async () => {
    const { response, frames } = await watching();
    response.write(frame('ADDED', 'a'));
    await frames.next();
    for (const socket of server.connections.open) socket.destroy();
    expect(await failureOf(frames)).to.be.instanceOf(ConnectionError);
  });

  it('closes the stream when its reader leaves, and when it is aborted while it waits', async () => {
    const left = await watching();
    left.response.write(frame('ADDED', 'a'));
    for await (const _ of left.frames) break;
    await left.ended;
    const aborted = await watching();
    const failure = failureOf(aborted.frames);
    aborted.abort(new Error('enough'));
    expect((await failure).message).to.equal('enough');
    await aborted.ended;
    expect(server.connections.made).to.equal(1);
  });

  it('detects silence long after the timeout of the watch', async () => {
    server.handle = (_, response) => void response.write('\n');
    const frames = await pods.watch({ timeoutSeconds: -59.95 }, never);
    expect(await failureOf(frames)).to.be.instanceOf(IdleTimeoutError);
  });

  it('reports why a watch is refused', async () => {
    server.handle = (_, response) => {
      response.statusCode = 422;
      response.end(JSON.stringify({ kind: 'Status', code: 422, reason: 'Invalid', message: 'no sendInitialEvents' }));
    };
    const error: unknown = await pods.watch({ sendInitialEvents: true }, never).catch((failure: unknown) => failure);
    expect(error)
      .to.be.instanceOf(UpstreamApiError)
      .and.include({ code: 422, reason: 'Invalid', message: 'no sendInitialEvents' });
  });
});
