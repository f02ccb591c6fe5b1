/** Entity tags of lists, over HTTP. */
import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { ScriptedSource, thing } from '../../projections/scripted-source.ts';
import { tens, tensOfOwn } from '../../projections/view-rig.ts';
import type { ClientResponse } from '../../support/https-client.ts';
import { BASE, names, podSummaries, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;
const SHOP = `${BASE}/namespaces/shop/podsummaries`;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

describe('a list with an entity tag', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  const serve = async (): Promise<TestServer> =>
    TestServer.listening({ resources: [podSummaries(pods, { log: { entries: 5 } })] });
  const tagOf = ({ headers }: ClientResponse): string => String(headers['etag']);
  const read = (path: string, headers: Record<string, string> = {}): Promise<ClientResponse> => test.get(path, headers);
  const again = (path: string, tag: string, headers: Record<string, string> = {}): Promise<ClientResponse> =>
    test.get(path, { ...headers, 'if-none-match': tag });

  beforeEach(async () => {
    pods = fakeInformer(pod('bank/a'), pod('bank/b'), pod('shop/a'), pod('shop/b', { labels: { app: 'web' } }));
    test = await serve();
  });
  afterEach(() => test.close());

  it('is not sent again to a client that has it, over both protocols', async () => {
    const first = await read(ROWS);
    expect(tagOf(first)).to.match(/^W\/"[^"]+"$/);
    expect(first.headers['vary']).to.equal('Accept, Accept-Encoding');
    const headers = { 'if-none-match': `"other", ${tagOf(first)}` };
    for (const response of [await test.get(ROWS, headers), await test.http2.request(ROWS, headers)]) {
      expect([response.status, response.text]).to.deep.equal([304, '']);
      expect(response.headers['etag']).to.equal(tagOf(first));
      expect(response.headers['vary']).to.equal('Accept, Accept-Encoding');
      expect(response.headers['cache-control']).to.equal('no-cache, private');
      for (const name of ['content-type', 'content-encoding', 'transfer-encoding']) {
        expect(response.headers[name], name).to.equal(undefined);
      }
    }
    const { status, text } = await again(ROWS, '"other"');
    expect([status, text]).to.deep.equal([200, first.text]);
  });

  it('has another tag after each change of its rows, and the same one after a change of others', async () => {
    let [all, shop] = [tagOf(await read(ROWS)), tagOf(await read(SHOP))];
    for (const change of [
      () => pods.add(pod('shop/c')),
      () => pods.modify(pod('shop/c', { phase: 'Failed' })),
      () => pods.delete('shop/c'),
    ]) {
      change();
      for (const [path, tag] of [
        [ROWS, all],
        [SHOP, shop],
      ] as const) {
        const response = await again(path, tag);
        expect(response.status).to.equal(200);
        expect(tagOf(response)).to.not.equal(tag);
      }
      [all, shop] = [tagOf(await read(ROWS)), tagOf(await read(SHOP))];
    }
    pods.modify(pod('bank/a', { phase: 'Failed' }));
    expect((await again(SHOP, shop)).status).to.equal(304);
    expect((await again(ROWS, all)).status).to.equal(200);
  });

  it('keeps its tag when only the version moves', async () => {
    const tag = tagOf(await read(ROWS));
    const before = (await test.json(ROWS))['metadata'].resourceVersion;
    pods.bookmark();
    expect((await test.json(ROWS))['metadata'].resourceVersion).to.not.equal(before);
    expect((await again(ROWS, tag)).status).to.equal(304);
  });

  it('has another tag when its position leaves the log, so that a client never watches from it in vain', async () => {
    const first = await read(SHOP);
    const { resourceVersion } = JSON.parse(first.text).metadata;
    for (let change = 0; change < 4; change += 1) pods.modify(pod('bank/a', { labels: { change: String(change) } }));
    expect((await again(SHOP, tagOf(first))).status).to.equal(304);
    const watch = test.http2.watch(`${SHOP}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=1`);
    pods.modify(pod('shop/a', { phase: 'Failed' }));
    expect((await watch.next())?.type).to.equal('MODIFIED');
    watch.cancel();

    const second = await read(SHOP);
    for (let change = 0; change < 9; change += 1) pods.modify(pod('bank/a', { labels: { more: String(change) } }));
    const third = await again(SHOP, tagOf(second));
    expect(third.status).to.equal(200);
    expect(tagOf(third)).to.not.equal(tagOf(second));
    expect(JSON.parse(third.text).items).to.deep.equal(JSON.parse(second.text).items);
    expect((await again(SHOP, tagOf(third))).status).to.equal(304);
  });

  it('has another tag for each selection, form, encoding and layout', async () => {
    const asked: [path: string, headers?: Record<string, string>][] = [
      [ROWS],
      [SHOP],
      [`${BASE}/namespaces/bank/podsummaries`],
      [`${ROWS}?labelSelector=app%3Dweb`],
      [`${ROWS}?fieldSelector=status.phase%3DRunning`],
      [`${ROWS}?fieldSelector=metadata.namespace%3Dshop`],
      [`${SHOP}?fieldSelector=metadata.name%3Da`],
      [`${ROWS}?pretty=true`],
      [ROWS, { accept: PARTIAL }],
      [ROWS, { accept: PARTIAL.replace('v=v1', 'v=v1beta1') }],
      [ROWS, { accept: 'application/yaml' }],
      [ROWS, { 'accept-encoding': 'gzip' }],
    ];
    const tags = [];
    for (const [path, headers] of asked) {
      const tag = tagOf(await read(path, headers));
      tags.push(tag);
      expect((await again(path, tag, headers)).status, path).to.equal(304);
    }
    expect(new Set(tags).size).to.equal(asked.length);
    for (const [index, [path, headers]] of asked.entries()) {
      expect((await again(path, tags.toSpliced(index, 1).join(), headers)).status, path).to.equal(200);
    }
  });

  it('has the same tag however the client asks for the same rows', async () => {
    const tag = tagOf(await read(ROWS));
    for (const query of ['resourceVersion=0', 'limit=0']) expect(tagOf(await read(`${ROWS}?${query}`))).to.equal(tag);
  });

  it('is not older than the version that the client asks for', async () => {
    const tag = tagOf(await read(ROWS));
    pods.bookmark();
    const { resourceVersion } = (await test.json(ROWS))['metadata'];
    const response = await again(`${ROWS}?resourceVersion=${resourceVersion}`, tag);
    expect(response.status).to.equal(200);
    expect(BigInt(JSON.parse(response.text).metadata.resourceVersion) >= BigInt(resourceVersion)).to.equal(true);
  });

  it('has no tag as a Table, as a page, or if it fails', async () => {
    const page = await read(`${ROWS}?limit=2`);
    const { continue: token } = JSON.parse(page.text).metadata;
    const responses = [
      page,
      await read(`${ROWS}?continue=${token}`),
      await read(`${ROWS}?limit=100`),
      await again(ROWS, '*', { accept: TABLE }),
      await again(`${ROWS}?labelSelector=(`, '*'),
    ];
    expect(responses.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 400]);
    for (const { headers } of responses) expect(headers['etag']).to.equal(undefined);
  });

  it('has another tag in another instance of the server', async () => {
    const tag = tagOf(await read(ROWS));
    await test.close();
    test = await serve();
    const response = await again(ROWS, tag);
    expect(response.status).to.equal(200);
    expect(tagOf(response)).to.not.equal(tag);
  });

  it('is 429, not 304, while there is no state', async () => {
    const tag = tagOf(await read(ROWS));
    pods.gone();
    expect((await again(ROWS, tag)).status).to.equal(429);
  });

  it('has another tag after a late change, which has no version of its own', async () => {
    for (const local of [false, true]) {
      const source = ScriptedSource.at(10, thing('a/x', 5, 10), thing('a/y', 6, 20));
      const rows = local ? tensOfOwn(source) : tens(source);
      const late = await TestServer.listening({
        resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true }, rows)],
      });
      const path = `${BASE}/rows`;
      const first = await late.get(path);
      source.relist(10, thing('a/x', 5, 10), thing('a/y', 7, 30));
      const second = await late.get(path, { 'if-none-match': tagOf(first) });
      expect(second.status).to.equal(200);
      expect(names(JSON.parse(second.text))).to.deep.equal(['x', 'y']);
      expect(second.text).to.not.equal(first.text);
      expect((await late.get(path, { 'if-none-match': tagOf(second) })).status).to.equal(304);
      await late.close();
    }
  });
});
