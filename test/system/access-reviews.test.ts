/** SubjectAccessReviews over real sockets: a server asks a fake cluster, which decides, is slow, refuses, or is down. */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { request } from 'node:https';
import { informerFactory, type InformerFactory } from '../../src/informers/index.ts';
import { type Access, fakeCluster, type FakeCluster, fakeInformer, pod } from '../../src/testing/index.ts';
import { settled } from '../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, requestOnce } from '../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../server/access/proxy.ts';

const PODS = `${BASE}/namespaces/shop/podsummaries`;
const WATCH = `${PODS}?watch=1&resourceVersion=0`;

describe('access reviews of a server', () => {
  let cluster: FakeCluster;
  let informers: InformerFactory;
  let test: TestServer;
  let client: { cert: string; key: string };
  let reviewed: { readonly user: unknown; readonly access: Access }[];
  let decide: () => boolean | Promise<boolean>;

  beforeEach(async () => {
    reviewed = [];
    decide = () => true;
    cluster = await fakeCluster({
      authorize: ({ name, groups, uid, extra }, access) => {
        if (name === 'kubefacet') return access.type === 'resource' && access.resource === 'subjectaccessreviews';
        reviewed.push({ user: { name, groups, uid, extra }, access });
        return decide();
      },
    });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor({ name: 'kubefacet' }));
    informers = informerFactory({ kubeConfig });
    client = await proxyCertificate();
    test = await TestServer.listening({
      informers,
      authentication: {
        ...(await requestHeaderConfig()),
        uidHeaders: ['X-Remote-Uid'],
        extraHeaderPrefixes: ['X-Remote-Extra-'],
      },
      authorization: 'delegated',
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
    });
  });
  afterEach(async () => {
    await test.close();
    await informers.close();
    await cluster.close();
  });
  const get = (path: string, headers: Record<string, string | string[]> = {}): Promise<ClientResponse> =>
    requestOnce(path, { ...test.client, client, headers: { 'x-remote-user': 'alice', ...headers } });

  it('contain the whole user and the request, once in ten seconds', async () => {
    const headers = {
      'x-remote-group': ['devs', 'ops, all'],
      'x-remote-uid': 'u-1',
      'x-remote-extra-example.com%2Fscopes': 'a',
    };
    for (let round = 0; round < 3; round += 1) expect((await get(`${PODS}/web`, headers)).status).to.equal(200);
    expect(reviewed).to.deep.equal([
      {
        user: {
          name: 'alice',
          groups: ['devs', 'ops, all', 'system:authenticated'],
          uid: 'u-1',
          extra: { 'example.com/scopes': ['a'] },
        },
        access: {
          type: 'resource',
          verb: 'get',
          group: 'example.com',
          version: 'v1',
          resource: 'podsummaries',
          subresource: '',
          namespace: 'shop',
          name: 'web',
        },
      },
    ]);
    // No part of the user is left out of the key of kept reviews.
    decide = () => false;
    for (const other of [
      { ...headers, 'x-remote-user': 'bob' },
      { ...headers, 'x-remote-group': 'devs' },
      { ...headers, 'x-remote-uid': 'u-2' },
      { ...headers, 'x-remote-extra-example.com%2Fscopes': 'b' },
    ]) {
      expect((await get(`${PODS}/web`, other)).status).to.equal(403);
    }
    expect((await get(`${PODS}/web`, headers)).status).to.equal(200);
    test.clock.advance(10_000);
    expect((await get(`${PODS}/web`, headers)).status).to.equal(403);
  });

  it('are decided before an upgrade', async () => {
    decide = () => false;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request({
        ...test.client,
        ...client,
        host: '127.0.0.1',
        servername: 'localhost',
        path: WATCH,
        agent: false,
        headers: {
          'x-remote-user': 'alice',
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version': '13',
        },
      });
      sent.on('upgrade', () => reject(new Error('the connection was upgraded')));
      sent.on('response', (response) => {
        response.resume();
        response.once('close', () => resolve(response.statusCode));
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(status).to.equal(403);
  });

  for (const [title, fail] of [
    ['is not allowed to the server', { code: 403 }],
    ['is refused as invalid', { code: 422 }],
    ['fails with a code of proxies', { code: 502 }],
  ] as const) {
    it(`that ${title} allow nothing, except what is kept`, async () => {
      expect((await get(PODS)).status).to.equal(200);
      const allow = cluster.api.refuse(({ resource }) => resource.startsWith('subjectaccessreviews'), fail);
      expect((await get(PODS)).status).to.equal(200);
      const { status, headers, text } = await get(`${PODS}/web`);
      expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
      expect(text).not.to.contain('127.0.0.1').and.not.to.contain('stack');
      test.clock.advance(10_000);
      expect((await get(PODS)).status).to.equal(503);
      expect(test.server.counts()).to.include({ undecidedRequests: 2, deniedRequests: 0 });
      allow();
      expect((await get(PODS)).status).to.equal(200);
    });
  }

  it('end after ten seconds without a response', async () => {
    const never = Promise.withResolvers<boolean>();
    decide = () => never.promise;
    const waiting = get(PODS);
    await until(() => reviewed.length === 1);
    test.clock.advance(9999);
    await settled();
    test.clock.advance(1);
    expect((await waiting).status).to.equal(503);
    never.resolve(true);
  });

  it('keep watches open while the cluster is down, and refuse new requests', async () => {
    const http2 = new Http2Client({ ...test.client, client });
    const stream = http2.watch(WATCH, { 'x-remote-user': 'alice' });
    expect((await stream.next())?.type).to.equal('ADDED');
    await cluster.close();
    test.clock.advance(30_000);
    await settled();
    expect((await get(PODS)).status).to.equal(503);
    expect(test.server.counts().watchers).to.equal(1);
    expect((await get('/readyz')).status).to.equal(200);
    stream.cancel();
    http2.close();
  });
});
