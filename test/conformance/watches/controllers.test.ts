/** The requests of controllers in kube-controller-manager: conformance 10.5. */
import { expect } from 'chai';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { ClientResponse } from '../../support/https-client.ts';
import { BASE } from '../../support/test-server.ts';
import { lines, objectOf, ROWS, SHOP, WatchRig } from './watch-rig.ts';

/** Accept of client-go's metadata client, for one object, watches and lists. */
const accept = (kind: string): { accept: string } => {
  const as = `as=${kind};g=meta.k8s.io;v=v1`;
  return { accept: `application/vnd.kubernetes.protobuf;${as},application/json;${as},application/json` };
};
const ONE = accept('PartialObjectMetadata');
const LIST = accept('PartialObjectMetadataList');

describe('controllers', () => {
  let rig: WatchRig;
  const get = async (path: string, headers = ONE, method = 'GET'): Promise<ClientResponse & { body: any }> => {
    const response = await rig.test.get(path, headers, method);
    return { ...response, body: JSON.parse(response.text) };
  };

  beforeEach(async () => {
    rig = await WatchRig.over(new FakeInformer({ objects: [pod('shop/a', { labels: { x: 'y' } })], notSynced: true }));
  });

  afterEach(() => rig.close());

  it('10.5 the GC receives 429 with Retry-After and never 404 for an owner that is not loaded yet', async () => {
    for (const name of ['a', 'missing']) {
      const { status, headers, body } = await get(`${SHOP}/${name}`);
      expect([status, headers['retry-after'], body.reason]).to.deep.equal([429, '1', 'TooManyRequests']);
    }
  });

  it('10.5 the GC receives 429 and never 404 for an owner whose source is removed', async () => {
    rig.pods.sync();
    expect((await get(`${SHOP}/a`)).status).to.equal(200);
    rig.pods.gone();
    expect((await get(`${SHOP}/a`)).status).to.equal(429);
  });

  it('10.5 the GC receives only the metadata of an owner, and 404 only for an owner that certainly does not exist', async () => {
    rig.pods.sync();
    const { status, body } = await get(`${SHOP}/a`);
    expect([status, body.kind, body.apiVersion]).to.deep.equal([200, 'PartialObjectMetadata', 'meta.k8s.io/v1']);
    expect(body).to.have.all.keys('kind', 'apiVersion', 'metadata');
    expect(body.metadata).to.include({ name: 'a', namespace: 'shop' });
    expect(body.metadata.uid).to.match(/^[0-9a-f-]{36}$/);
    const missing = await get(`${SHOP}/missing`);
    expect([missing.status, missing.body.reason]).to.deep.equal([404, 'NotFound']);
  });

  it('10.5 the GC sees equal uids in every process and after a relist, and different uids for different objects', async () => {
    rig.pods.sync();
    const uid = async (from = rig): Promise<string> =>
      JSON.parse((await from.test.get(`${SHOP}/a`, ONE)).text).metadata.uid;
    const first = await uid();
    const other = await WatchRig.over(rig.pods);
    expect(await uid(other)).to.equal(first);
    rig.pods.relist();
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    expect([await uid(), await uid(other)]).to.deep.equal([first, first]);
    rig.pods.delete('shop/a');
    rig.pods.add(pod('shop/a'));
    expect(await uid()).to.not.equal(first);
    await other.close();
  });

  it('10.5 the metadata informers of GC and quota can list and watch metadata, including bookmarks', async () => {
    rig.pods.sync();
    const { body } = await get(`${ROWS}?limit=500&resourceVersion=0`, LIST);
    expect([body.kind, body.items.length]).to.deep.equal(['PartialObjectMetadataList', 1]);
    const stream = rig.test.http2.watch(
      `${ROWS}?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeout=5m12s&timeoutSeconds=312&watch=true`,
      ONE,
    );
    const all = await lines(stream, 2);
    expect(all.map((line) => [line?.type, objectOf(line).kind])).to.deep.equal([
      ['ADDED', 'PartialObjectMetadata'],
      ['BOOKMARK', 'PartialObjectMetadata'],
    ]);
    rig.pods.delete('shop/a');
    const [gone] = await lines(stream, 1);
    expect(gone?.type).to.equal('DELETED');
    expect(objectOf(gone).metadata.labels).to.deep.equal({ x: 'y' });
  });

  it('10.5 the namespace controller finds no delete verb in discovery, and receives 405 if it tries', async () => {
    rig.pods.sync();
    const { body } = await get(BASE, { accept: 'application/json' });
    expect(body.resources.map((resource: any) => [resource.name, ...resource.verbs])).to.deep.equal([
      ['podsummaries', 'get', 'list', 'watch'],
      ['podsummaries/explain', 'get'],
    ]);
    expect((await get(SHOP, LIST, 'DELETE')).status).to.equal(405);
    expect((await get(`${SHOP}/a`, ONE, 'DELETE')).status).to.equal(405);
  });

  it('10.5 the namespace controller is not blocked, because discovery is served before sources are synced', async () => {
    for (const path of ['/apis', '/apis/example.com', BASE]) {
      expect((await get(path, { accept: 'application/json' })).status, path).to.equal(200);
    }
  });
});
