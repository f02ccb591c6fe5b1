/** The cache of compressed lists, through HTTP. */
import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import type { DeflatedParts } from '../../../src/server/read/deflated-parts.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const text = 'x'.repeat(400);

describe('a compressed list', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  /** The number of bodies that were encoded from rows. */
  let encoded: number;

  const listening = async (listCacheBytes?: number): Promise<void> => {
    test = await TestServer.listening({ resources: [podSummaries(pods)], listCacheBytes });
    const [served] = viewsOf(test.server);
    if (served === undefined) throw new Error('no resource is served');
    const { representations } = served;
    const items = representations.items.bind(representations);
    encoded = 0;
    representations.items = (...args) => {
      encoded += 1;
      return items(...args);
    };
  };
  const compressed = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const response = await test.http2.request(path, { 'accept-encoding': 'gzip', ...headers });
    expect(response.headers['content-encoding'], path).to.equal('gzip');
    expect(response.headers['vary'], path).to.match(/^(?:Accept, )?Accept-Encoding$/);
    return gunzipSync(response.bytes).toString();
  };
  const plain = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
    (await test.http2.request(path, headers)).text;

  const blocks = (): DeflatedParts => {
    const [served] = viewsOf(test.server);
    if (served === undefined) throw new Error('no resource is served');
    return served.deflatedParts;
  };

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

  it('is deflated leaf by leaf, once for all concurrent requests, also as a Table, which is not cached as a whole', async () => {
    await listening();
    const [served] = viewsOf(test.server);
    const leaves = Array.from(served?.view.snapshot().rows.leaves('') ?? []).length;
    expect(leaves).to.be.within(20, 100);
    for (const headers of [{ accept: TABLE }, { accept: PARTIAL }, {}]) {
      const before = blocks().deflations;
      const bodies = await Promise.all([1, 2, 3, 4].map(() => compressed(ROWS, headers)));
      expect(new Set(bodies)).to.deep.equal(new Set([await plain(ROWS, headers)]));
      // Columns make the start of a Table large.
      expect(blocks().deflations - before).to.be.within(leaves, leaves + 4);
    }
  });

  it('is deflated again only where rows have changed', async () => {
    await listening();
    for (const [phase, headers] of [
      ['Failed', { accept: PARTIAL }],
      ['Unknown', {}],
    ] as const) {
      await compressed(ROWS, headers);
      for (const change of [
        () => pods.modify(pod('shop/p100', { phase, labels: { text } })),
        () => pods.delete('shop/p102'),
        () => pods.add(pod('shop/p102', { labels: { text } })),
      ]) {
        change();
        const before = blocks().deflations;
        expect(await compressed(ROWS, headers)).to.equal(await plain(ROWS, headers));
        expect(blocks().deflations - before).to.equal(1);
      }
      pods.bookmark();
      const before = blocks().deflations;
      expect(await compressed(ROWS, headers)).to.equal(await plain(ROWS, headers));
      expect(blocks().deflations).to.equal(before);
      // A namespace and a page are cut from the same leaves.
      for (const path of [`${BASE}/namespaces/shop/podsummaries`, `${ROWS}?limit=700`]) {
        const cut = blocks().deflations;
        expect(await compressed(path, headers)).to.equal(await plain(path, headers));
        expect(blocks().deflations - cut).to.be.below(3);
      }
    }
  });

  it('keeps no block of a leaf that was replaced', async () => {
    await listening();
    await compressed(ROWS);
    pods.gone();
    expect(viewsOf(test.server)[0]?.budget.bytes).to.equal(0);
  });

  it('is encoded once for all requests at a version', async () => {
    await listening();
    const bodies = await Promise.all([compressed(ROWS), compressed(ROWS), compressed(ROWS)]);
    bodies.push(
      await compressed(`${ROWS}?resourceVersion=0`),
      await compressed(ROWS, { accept: 'application/json, */*' }),
    );
    expect(encoded).to.equal(1);
    expect(new Set(bodies)).to.deep.equal(new Set([await plain(ROWS)]));
  });

  it('is encoded separately for each selection, page and format', async () => {
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
    for (const [path, headers] of differing) bodies.push(await compressed(path, headers));
    encoded = 0;
    for (const [index, [path, headers]] of differing.entries()) {
      expect(await compressed(path, headers), path).to.equal(bodies[index]);
    }
    expect(encoded).to.equal(0);
    expect(new Set(bodies).size).to.equal(differing.length);
    for (const [index, [path, headers]] of differing.entries()) {
      expect(await plain(path, headers), path).to.equal(bodies[index]);
    }
  });

  it('is encoded again after a change of the rows or of the version', async () => {
    await listening();
    const bodies = [await compressed(ROWS)];
    for (const change of [
      () => pods.add(pod('zoo/new')),
      () => pods.modify(pod('zoo/new', { phase: 'Failed' })),
      () => pods.delete('zoo/new'),
      () => pods.bookmark(),
      () => pods.relist(),
    ]) {
      change();
      bodies.push(await compressed(ROWS));
      expect(bodies.at(-1)).to.equal(await plain(ROWS));
    }
    expect(new Set(bodies).size).to.equal(bodies.length);
  });

  it('is not served from the cache when the view is not ready', async () => {
    await listening();
    await compressed(ROWS);
    pods.gone();
    expect((await test.http2.request(ROWS, { 'accept-encoding': 'gzip' })).status).to.equal(429);
  });

  it('belongs to one state of the rows: a change of the rows or of their readiness starts another', async () => {
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

  it('is not cached as a Table, because ages change', async () => {
    await listening();
    const accept = { accept: TABLE };
    const first = await compressed(ROWS, accept);
    expect(first).to.equal(await plain(ROWS, accept));
    test.clock.advance(90_000_000);
    const second = await compressed(ROWS, accept);
    expect(second).to.not.equal(first);
    expect(second).to.equal(await plain(ROWS, accept));
  });

  it('is not sent to a client that does not accept gzip', async () => {
    await listening();
    const body = await compressed(ROWS);
    const { headers, text: same } = await test.http2.request(ROWS, { 'accept-encoding': 'identity' });
    expect(headers['content-encoding']).to.equal(undefined);
    expect(same).to.equal(body);
  });

  it('is not served from the cache to an invalid request', async () => {
    await listening();
    await compressed(ROWS);
    const { status } = await test.http2.request(`${ROWS}?limit=x`, { 'accept-encoding': 'gzip' });
    expect(status).to.equal(400);
  });

  it('is encoded for each request when the size of the cache is 0', async () => {
    await listening(0);
    expect(await compressed(ROWS)).to.equal(await compressed(ROWS));
    expect(encoded).to.equal(2);
  });
});
