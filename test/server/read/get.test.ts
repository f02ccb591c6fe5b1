import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, requestWaits, TestServer } from '../../support/test-server.ts';

const ROW = `${BASE}/namespaces/shop/podsummaries/web`;

describe('get()', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let version: bigint;

  beforeEach(async () => {
    pods = fakeInformer(pod('shop/web', { phase: 'Running' }));
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
    version = BigInt((await test.json(ROW))['metadata'].resourceVersion);
  });

  afterEach(() => test.close());

  it('returns the same bytes as a list and a watch', async () => {
    const { text } = await test.get(ROW);
    expect((await test.get(`${BASE}/podsummaries`)).text).to.contain(`"items":[${text.trim()}]`);
    const stream = test.http2.watch(`${BASE}/podsummaries?watch=1`);
    expect(JSON.stringify((await stream.next())?.object)).to.equal(text.trim());
    stream.cancel();
  });

  for (const [query, code] of [
    ['resourceVersion=0', 200],
    ['resourceVersion=', 200],
    ['resourceVersion=1', 200],
    ['resourceVersion=18446744073709551615', 200],
    ['resourceVersion=abc', 400],
    ['resourceVersion=1.5', 400],
    ['export=true', 400],
    ['export=false', 200],
    ['resourceVersionMatch=Exact', 200],
  ] as const) {
    it(`responds to ?${query} with ${code}`, async () => {
      expect((await test.get(`${ROW}?${query}`)).status).to.equal(code);
    });
  }

  it('returns the row at a version that the view has reached', async () => {
    expect((await test.get(`${ROW}?resourceVersion=${version}`)).status).to.equal(200);
  });

  it('waits for a future version and then returns the current row', async () => {
    const response = test.json(`${ROW}?resourceVersion=${version + (1n << 20n)}`);
    await requestWaits(test);
    pods.modify(pod('shop/web', { phase: 'Failed' }));
    expect((await response)['status']).to.deep.equal({ phase: 'Failed' });
    expect(test.clock.waiting).to.equal(0);
  });

  it('responds with 504 when the version does not arrive, also for an object that does not exist', async () => {
    const response = test.get(`${BASE}/namespaces/shop/podsummaries/none?resourceVersion=${version + (1n << 20n)}`);
    await requestWaits(test);
    test.clock.advance(3000);
    const { status, headers } = await response;
    expect(status).to.equal(504);
    expect(headers['retry-after']).to.equal('1');
  });

  it('responds with a Status that names the object if it does not exist', async () => {
    const { status, text } = await test.get(`${BASE}/namespaces/bank/podsummaries/web`);
    expect(status).to.equal(404);
    expect(JSON.parse(text)).to.deep.equal({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'podsummaries.example.com "web" not found',
      reason: 'NotFound',
      details: { name: 'web', group: 'example.com', kind: 'podsummaries' },
      code: 404,
    });
  });
});
