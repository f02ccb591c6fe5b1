/** Lists that many read compressed, at the same version: made once. */
import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const text = 'x'.repeat(400);

describe('a compressed list', function () {
  // Half a second where nothing else runs.
  this.timeout(20_000);
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  /** How many bodies were put together from rows. */
  let made: number;

  const listening = async (compressedListBytes?: number): Promise<void> => {
    test = await TestServer.listening({ resources: [podSummaries(pods)], compressedListBytes });
    const [served] = viewsOf(test.server);
    if (served === undefined) throw new Error('nothing is served');
    const { representations } = served;
    const items = representations.items.bind(representations);
    made = 0;
    representations.items = (...args) => {
      made += 1;
      return items(...args);
    };
  };
  const packed = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await test.http2.request(path, { 'accept-encoding': 'gzip', ...headers });
    expect(answer.headers['content-encoding'], path).to.equal('gzip');
    expect(answer.headers['vary'], path).to.equal('Accept-Encoding');
    return gunzipSync(answer.bytes).toString();
  };
  const plain = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
    (await test.http2.request(path, headers)).text;

  beforeEach(() => {
    pods = fakeInformer(
      ...Array.from({ length: 1600 }, (_, i) =>
        pod(`${i % 2 === 0 ? 'shop' : 'bank'}/p${i}`, {
          phase: i % 4 < 3 ? 'Running' : 'Failed',
          labels: { text, side: i % 4 < 2 ? 'left' : 'right' },
        }),
      ),
    );
  });

  afterEach(() => test.close());

  it('is made once for all who read it at a version', async () => {
    await listening();
    const bodies = await Promise.all([packed(ROWS), packed(ROWS), packed(ROWS)]);
    bodies.push(await packed(`${ROWS}?resourceVersion=0`), await packed(ROWS, { accept: 'application/json, */*' }));
    expect(made).to.equal(1);
    expect(new Set(bodies)).to.deep.equal(new Set([await plain(ROWS)]));
  });

  it('is another one for everything that makes a difference', async () => {
    await listening();
    const { metadata } = JSON.parse(await plain(`${ROWS}?limit=700`));
    const differing: [path: string, headers?: Record<string, string>][] = [
      [ROWS],
      [`${BASE}/namespaces/shop/podsummaries`],
      [`${BASE}/namespaces/bank/podsummaries`],
      [`${ROWS}?labelSelector=side%3Dleft`],
      [`${ROWS}?labelSelector=side%3Dright`],
      [`${ROWS}?fieldSelector=status.phase%3DFailed`],
      [`${ROWS}?limit=700`],
      [`${ROWS}?limit=701`],
      [`${ROWS}?continue=${metadata.continue}`],
      [`${ROWS}?limit=700&continue=${metadata.continue}`],
      [`${ROWS}?pretty=true`],
      [ROWS, { accept: 'application/yaml' }],
      [ROWS, { accept: PARTIAL }],
      [ROWS, { accept: PARTIAL.replace('v=v1', 'v=v1beta1') }],
    ];
    const bodies = [];
    for (const [path, headers] of differing) bodies.push(await packed(path, headers));
    made = 0;
    for (const [index, [path, headers]] of differing.entries()) {
      expect(await packed(path, headers), path).to.equal(bodies[index]);
    }
    expect(made).to.equal(0);
    expect(new Set(bodies).size).to.equal(differing.length);
    for (const [index, [path, headers]] of differing.entries()) {
      expect(await plain(path, headers), path).to.equal(bodies[index]);
    }
  });

  it('is another one after a change of its rows, or of the version alone', async () => {
    await listening();
    const seen = [await packed(ROWS)];
    for (const change of [
      () => pods.add(pod('zoo/new')),
      () => pods.modify(pod('zoo/new', { phase: 'Failed' })),
      () => pods.delete('zoo/new'),
      () => pods.bookmark(),
      () => pods.relist(),
    ]) {
      change();
      seen.push(await packed(ROWS));
      expect(seen.at(-1)).to.equal(await plain(ROWS));
    }
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it('is not answered from what was kept once there is nothing to answer from', async () => {
    await listening();
    await packed(ROWS);
    pods.gone();
    expect((await test.http2.request(ROWS, { 'accept-encoding': 'gzip' })).status).to.equal(429);
  });

  it('belongs to one state of the rows: whatever changes them, or their readiness, begins another', async () => {
    await listening();
    const [served] = viewsOf(test.server);
    let before = served?.bodies;
    pods.bookmark();
    expect(served?.bodies).to.equal(before);
    for (const change of [
      () => pods.add(pod('zoo/new')),
      () => pods.replace(pod('zoo/a'), pod('zoo/b')),
      () => pods.gone(),
      () => pods.replace(pod('zoo/a')),
    ]) {
      change();
      expect(served?.bodies).to.not.equal(before);
      before = served?.bodies;
    }
  });

  it('as a Table is not kept, so that its ages move', async () => {
    await listening();
    const accept = { accept: TABLE };
    const first = await packed(ROWS, accept);
    expect(first).to.equal(await plain(ROWS, accept));
    test.clock.advance(90_000_000);
    const second = await packed(ROWS, accept);
    expect(second).to.not.equal(first);
    expect(second).to.equal(await plain(ROWS, accept));
  });

  it('is not given to who did not ask for it compressed', async () => {
    await listening();
    const body = await packed(ROWS);
    const { headers, text: same } = await test.http2.request(ROWS, { 'accept-encoding': 'identity' });
    expect(headers['content-encoding']).to.equal(undefined);
    expect(same).to.equal(body);
  });

  it('checks a request before it answers from what is kept', async () => {
    await listening();
    await packed(ROWS);
    const { status } = await test.http2.request(`${ROWS}?limit=x`, { 'accept-encoding': 'gzip' });
    expect(status).to.equal(400);
  });

  it('is made for each read where nothing may be kept', async () => {
    await listening(0);
    expect(await packed(ROWS)).to.equal(await packed(ROWS));
    expect(made).to.equal(2);
  });
});
