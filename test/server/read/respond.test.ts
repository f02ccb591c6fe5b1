import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { request } from 'node:https';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, type FakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;

/** Returns the received bytes of a response. */
function raw(
  test: TestServer,
  path: string,
  headers: Record<string, string>,
): Promise<{ headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', servername: 'localhost', ...test.client, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('respondParts()', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  beforeEach(async () => {
    pods = fakeInformer(
      ...Array.from({ length: 2000 }, (_, i) => pod(`shop/p${i}`, { labels: { text: 'x'.repeat(60) } })),
    );
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });

  afterEach(() => test.close());

  for (const [path, accepts, compressed] of [
    [ROWS, 'gzip', true],
    [ROWS, 'deflate, gzip', true],
    [`${ROWS}?pretty=true`, 'gzip', true],
    [ROWS, 'identity', false],
    [ROWS, 'gzip;q=0.5', false],
    [`${ROWS}?limit=10`, 'gzip', false],
  ] as const) {
    it(`${compressed ? 'compresses' : 'does not compress'} ${path} for "${accepts}"`, async () => {
      const { headers, body } = await raw(test, path, { 'accept-encoding': accepts });
      expect(headers['content-encoding']).to.equal(compressed ? 'gzip' : undefined);
      expect(headers['vary']).to.equal(path.includes('limit') ? undefined : 'Accept, Accept-Encoding');
      if (!compressed) expect(headers['content-length']).to.equal(String(body.length));
      const plain = await raw(test, path, {});
      expect((compressed ? gunzipSync(body) : body).equals(plain.body)).to.equal(true);
      if (compressed) expect(body.length).to.be.lessThan(plain.body.length);
    });
  }

  it('compresses bodies above 128 KiB', async () => {
    // The length of one label sets the exact size.
    for (const [over, compressed] of [
      [0, false],
      [1, true],
    ] as const) {
      const labels = (count: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${String(i).padStart(5, '0')}`, 'y'.repeat(20)]));
      pods.replace(pod('shop/one', { labels: labels(4000) }));
      const full = (await raw(test, ROWS, {})).body.length;
      const padding = 131_072 + over - full;
      const padded = { ...labels(4000), pad: 'z'.repeat(padding - '"pad":"",'.length) };
      pods.replace(pod('shop/one', { labels: padded }));
      const { headers } = await raw(test, ROWS, { 'accept-encoding': 'gzip' });
      const plain = (await raw(test, ROWS, {})).body.length;
      expect(plain).to.equal(131_072 + over);
      expect(headers['content-encoding']).to.equal(compressed ? 'gzip' : undefined);
    }
  });

  it('sends a long Table completely over both protocols', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    for (const text of [(await test.get(ROWS, { accept })).text, (await test.http2.request(ROWS, { accept })).text]) {
      expect(JSON.parse(text).rows).to.have.length(2000);
    }
  });

  it('logs no error when a client disconnects during the response', async () => {
    pods.add(...Array.from({ length: 3000 }, (_, i) => pod(`zoo/p${i}`, { labels: { text: 'x'.repeat(60) } })));
    for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
      const left = new Promise<void>((resolve) => {
        const stream = test.http2.session.request({ ':path': ROWS, ...headers });
        stream.on('error', () => undefined);
        stream.on('close', () => resolve());
        stream.once('data', () => stream.close(8));
      });
      await left;
      await new Promise<void>((resolve) => {
        const sent = request(
          { host: '127.0.0.1', servername: 'localhost', ...test.client, path: ROWS, headers, agent: false },
          (response) => {
            response.once('data', () => sent.destroy());
            response.on('error', () => undefined);
          },
        );
        sent.on('error', () => undefined);
        sent.on('close', () => resolve());
        sent.end();
      });
    }
    for (let i = 0; i < 20; i += 1) await settled();
    expect(test.log.of('error')).to.deep.equal([]);
    expect((await test.get(`${ROWS}?limit=1`)).status).to.equal(200);
  });
});
