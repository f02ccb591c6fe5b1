/** Caches that users share: bodies, compressed bodies, ETags, tokens of pages and reviews. No user receives what another one may read. */
import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, requestOnce } from '../../support/https-client.ts';
import { BASE, podSummaries } from '../../support/test-server.ts';
import { AttackedServer, BANK, type Client, SECRET, SHOP, whoami, WHOAMI } from './attacked-server.ts';

const ALL = `${BASE}/podsummaries`;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('an attacker that shares caches with others', () => {
  let server: AttackedServer;
  let proxy: Client;

  before(async () => {
    const rows = Array.from({ length: 1500 }, (_, n) =>
      pod(`bank/${SECRET}-${n}`, { labels: { app: 'x'.repeat(60) } }),
    );
    server = await AttackedServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web'), ...rows)), whoami],
    });
    proxy = await server.proxy();
  });
  after(() => server.close());

  const get = (user: string, path: string, headers: object = {}): Promise<ClientResponse> =>
    requestOnce(path, { ...server.test.client, client: proxy, headers: { 'x-remote-user': user, ...headers } });

  it('receives no list, also no compressed one, that another user has read before', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    for (const path of [BANK, ALL, `${BANK}?resourceVersion=0`, `${BANK}?labelSelector=app`, `${BANK}/${SECRET}-1`]) {
      const first = await get('admin', path, headers);
      expect(first.status).to.equal(200);
      const isCompressed = first.headers['content-encoding'] === 'gzip';
      expect(isCompressed, path).to.equal(!path.endsWith('-1'));
      expect((isCompressed ? gunzipSync(first.bytes) : first.bytes).toString()).to.contain(SECRET);
      for (const more of [headers, {}, { ...headers, 'if-none-match': String(first.headers['etag'] ?? '*') }]) {
        const { status, headers: received, bytes } = await get('alice', path, more);
        expect([status, received['content-encoding'], received['etag']]).to.deep.equal([403, undefined, undefined]);
        expect(bytes.length).to.be.below(1000);
      }
    }
  });

  it('is not shown from a cache in between: lists are private, and vary with the format and the compression', async () => {
    const { headers } = await get('admin', BANK, { 'accept-encoding': 'gzip' });
    expect(headers['cache-control']).to.equal('no-cache, private');
    expect(String(headers['vary'])).to.contain('Accept-Encoding');
    const denied = await get('alice', BANK);
    expect(denied.headers['cache-control']).to.equal('no-cache, private');
  });

  it('learns nothing from an ETag: a user without the right receives 403, and no 304', async () => {
    for (const path of ['/openapi/v2', '/openapi/v3/apis/example.com/v1', '/apis']) {
      const { headers } = await get('alice', path, path === '/apis' ? { accept: AGGREGATED } : {});
      const etag = String(headers['etag']);
      expect(etag).to.match(/^"[0-9A-F]{128}"$/);
      expect((await get('eve', path, { 'if-none-match': etag })).status).to.equal(403);
      expect((await get('eve', path, { 'if-none-match': '*' })).status).to.equal(403);
    }
  });

  it('cannot use the token of a page of another user to read beyond a namespace', async () => {
    const page = JSON.parse((await get('admin', `${ALL}?limit=2`)).text);
    const token = encodeURIComponent(page.metadata.continue);
    expect(page.metadata.remainingItemCount).to.be.above(1000);
    for (const path of [`${ALL}?limit=2&continue=${token}`, `${BANK}?limit=2&continue=${token}`]) {
      expect((await get('alice', path)).status).to.equal(403);
    }
    const { text } = await get('alice', `${SHOP}?limit=2000&continue=${token}`);
    expect(text).to.not.contain(SECRET);
    const own = JSON.parse((await get('alice', `${SHOP}?limit=1`)).text);
    expect(own.metadata).to.not.have.property('remainingItemCount');
  });

  it('is never taken for another user on one connection', async () => {
    const http2 = server.http2(proxy);
    const users = Array.from({ length: 400 }, (_, n) => ['alice', 'bob', 'admin', 'eve'][n % 4] ?? '');
    const responses = await Promise.all(users.map((user) => http2.request(WHOAMI, { 'x-remote-user': user })));
    http2.close();
    for (const [index, { status, text }] of responses.entries()) {
      const user = users[index];
      expect(status).to.equal(user === 'admin' ? 200 : 403);
      expect(text).to.contain(user === 'admin' ? '"name":"admin"' : `User \\"${user}\\"`);
    }
  });
});
