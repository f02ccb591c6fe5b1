import { expect } from 'chai';
import { CMS, PODS, LEASES, WIDGETS, cm, pod, merge, jsonPatch, shop } from '../support/shop.ts';
import { testCluster } from '../support/without-socket.ts';

describe('apiHandler()', () => {
  it('creates, reads, replaces, patches and deletes', async () => {
    const { call } = shop();
    const made = await call('POST', CMS, { body: cm('new', { uid: 'mine', generation: 7 }) });
    expect([made.code, made.body.kind, made.body.metadata.resourceVersion]).to.deep.equal([201, 'ConfigMap', '1008']);
    expect(made.body.metadata.uid).not.to.equal('mine');
    expect((await call('GET', `${CMS}/new`)).body).to.deep.equal(made.body);
    const put = await call('PUT', `${CMS}/new`, { body: { ...made.body, data: { a: 'c' } } });
    expect([put.code, put.body.data, put.body.metadata.resourceVersion]).to.deep.equal([200, { a: 'c' }, '1009']);
    const merged = await call('PATCH', `${CMS}/new`, merge({ data: { z: 'y' } }));
    expect([merged.code, merged.body.data]).to.deep.equal([200, { a: 'c', z: 'y' }]);
    const patched = await call('PATCH', `${CMS}/new`, jsonPatch([{ op: 'remove', path: '/data/z' }]));
    expect([patched.code, patched.body.data]).to.deep.equal([200, { a: 'c' }]);
    const deleted = await call('DELETE', `${CMS}/new`);
    expect(deleted.body).to.deep.equal({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'new', kind: 'configmaps', uid: made.body.metadata.uid },
    });
    expect((await call('GET', `${CMS}/new`)).code).to.equal(404);
  });

  it('returns the pod from its delete, and the terminating namespace from its own', async () => {
    const { call, store } = shop();
    expect((await call('DELETE', `${PODS}/p`)).body.kind).to.equal('Pod');
    store.modify('configmaps', 'shop/held', (held) => ({ ...held, metadata: { ...held.metadata, finalizers: [] } }));
    const { code, body } = await call('DELETE', '/api/v1/namespaces/shop');
    expect([code, body.kind, body.status.phase]).to.deep.equal([200, 'Namespace', 'Terminating']);
    expect((await call('GET', '/api/v1/namespaces/shop')).code).to.equal(404);
  });

  it('returns the result of a dry run without storing it', async () => {
    const { call, store } = shop();
    const { code, body } = await call('POST', `${CMS}?dryRun=All`, { body: cm('dry') });
    expect([code, body.metadata.name, 'resourceVersion' in body.metadata]).to.deep.equal([201, 'dry', false]);
    expect((await call('DELETE', `${CMS}/a?dryRun=All`)).body.status).to.equal('Success');
    expect((await call('PATCH', `${CMS}/a?dryRun=All`, merge({ data: { a: 'z' } }))).body.data).to.deep.equal({
      a: 'z',
    });
    expect(store.revision).to.equal(1007);
  });

  it('deletes the selected objects of a collection and returns them as a list', async () => {
    const { call, store } = shop();
    const { code, body } = await call('DELETE', `${CMS}?labelSelector=app=x`);
    expect([
      code,
      body.kind,
      body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ]).to.deep.equal([200, 'ConfigMapList', ['a']]);
    expect(store.list('configmaps', 'shop').map(({ metadata }) => metadata.name)).to.deep.equal(['held']);
  });

  it('creates by PUT for the kinds that allow it', async () => {
    const { call } = shop();
    expect((await call('PUT', `${LEASES}/new`, { body: { metadata: { name: 'new' } } })).code).to.equal(201);
  });

  it('writes spec and status separately', async () => {
    const { call } = shop();
    const both = { metadata: { name: 'p' }, spec: { nodeName: 'n1' }, status: { phase: 'Failed' } };
    const main = await call('PUT', `${PODS}/p`, { body: both });
    expect([main.body.spec, main.body.status]).to.deep.equal([{ nodeName: 'n1' }, { phase: 'Running' }]);
    const status = await call(
      'PATCH',
      `${PODS}/p/status`,
      merge({ spec: { nodeName: 'n2' }, status: { phase: 'Failed' } }),
    );
    expect([status.body.spec, status.body.status]).to.deep.equal([{ nodeName: 'n1' }, { phase: 'Failed' }]);
    expect((await call('GET', `${PODS}/p/status`)).body).to.deep.equal(status.body);
    const created = await call('POST', PODS, { body: { ...pod('q'), status: { phase: 'Running' } } });
    expect(created.body.status.phase).to.equal('Pending');
  });

  it('serves scale, binding and eviction', async () => {
    const { call, store } = shop();
    const scale = '/apis/apps/v1/namespaces/shop/deployments/d/scale';
    store.create('deployments.apps', {
      metadata: { name: 'd', namespace: 'shop' },
      spec: { replicas: 1, selector: { matchLabels: { a: 'b' } } },
    });
    const { body } = await call('GET', scale);
    expect([body.kind, body.apiVersion, body.spec, body.status.selector]).to.deep.equal([
      'Scale',
      'autoscaling/v1',
      { replicas: 1 },
      'a=b',
    ]);
    expect((await call('PATCH', scale, merge({ spec: { replicas: 4 } }))).body.spec).to.deep.equal({ replicas: 4 });
    expect((await call('PUT', scale, { body: { ...body, spec: { replicas: 5 } } })).code).to.equal(409);
    expect(store.get('deployments.apps', 'shop/d')?.['spec']).to.deep.include({ replicas: 4 });
    const target = { target: { kind: 'Node', name: 'n1' } };
    expect((await call('POST', `${PODS}/p/binding`, { body: target })).code).to.equal(201);
    expect(store.get('pods', 'shop/p')?.['spec']).to.deep.include({ nodeName: 'n1' });
    expect((await call('POST', `${PODS}/p/binding`, { body: target })).code).to.equal(409);
    expect((await call('POST', `${PODS}/p/eviction`, { body: {} })).code).to.equal(201);
    expect((await call('GET', `${PODS}/p/eviction`)).code).to.equal(405);
    expect(store.get('pods', 'shop/p')).to.equal(undefined);
  });

  for (const [resource, selector, text] of [
    [
      'deployments.apps',
      { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['b', 'a'] }] },
      'app=web,tier notin (a,b)',
    ],
    ['replicationcontrollers', { tier: 'front', app: 'web' }, 'app=web,tier=front'],
  ] as const) {
    it(`serves the whole selector in the scale of ${resource}`, async () => {
      const { call, store } = shop();
      store.create(resource, { metadata: { name: 'd', namespace: 'shop' }, spec: { replicas: 1, selector } });
      const [plural = '', group] = resource.split('.');
      const api = group === undefined ? '/api/v1' : `/apis/${group}/v1`;
      const { body } = await call('GET', `${api}/namespaces/shop/${plural}/d/scale`);
      expect(body.status.selector).to.equal(text);
    });
  }

  it('returns the result of a review and stores nothing', async () => {
    const review = (object: object, user: { name: string }) => ({ ...object, status: { user: user.name } });
    const { call, store } = testCluster();
    store.addKind({
      group: 'authentication.k8s.io',
      version: 'v1',
      plural: 'selfsubjectreviews',
      kind: 'SelfSubjectReview',
      namespaced: false,
      review,
    });
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { code, body } = await call('POST', path, { body: { metadata: {} } });
    expect([code, body.status, store.revision]).to.deep.equal([201, { user: 'admin' }, 1000]);
    expect((await call('GET', path)).code).to.equal(405);
  });

  it('serves additional kinds as custom resources', async () => {
    const { call } = shop();
    const { body } = await call('GET', `${WIDGETS}?fieldSelector=spec.color=red`);
    expect(body.items[0]).to.deep.include({ kind: 'Widget', apiVersion: 'example.com/v1' });
    expect((await call('GET', `${WIDGETS}?fieldSelector=spec.color!=red`)).body.items).to.deep.equal([]);
    expect((await call('GET', CMS)).body.items[0]).not.to.have.any.keys('kind', 'apiVersion');
  });

  it('lists the allowed methods in Allow', async () => {
    const { headers } = await shop().call('POST', `${CMS}/a`, { body: {} });
    expect(headers['allow']).to.equal('DELETE, GET, PATCH, PUT');
  });

  it('returns the audit id of the request, or a new one', async () => {
    const { call } = testCluster();
    expect((await call('GET', '/version', { headers: { 'audit-id': 'abc' } })).headers['audit-id']).to.equal('abc');
    expect((await call('GET', '/version')).headers['audit-id']).to.match(/^[0-9a-f-]{36}$/);
  });

  it('compresses long responses for clients that accept gzip', async () => {
    const { call, store } = shop();
    for (let index = 0; index < 20; index += 1) {
      store.create('configmaps', {
        metadata: { name: `big${index}`, namespace: 'shop' },
        data: { text: 'x'.repeat(10_000) },
      });
    }
    const plain = await call('GET', CMS);
    const packed = await call('GET', CMS, { headers: { 'accept-encoding': 'br, gzip' } });
    expect([
      plain.headers['content-encoding'],
      packed.headers['content-encoding'],
      packed.headers['vary'],
    ]).to.deep.equal([undefined, 'gzip', 'Accept-Encoding']);
    expect(packed.body).to.deep.equal(plain.body);
    expect(
      (await call('GET', `${CMS}/a`, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'],
    ).to.equal(undefined);
  });

  it('reads and writes YAML', async () => {
    const { call } = shop();
    const body = 'metadata: {name: y}\ndata: {k: v}\n';
    const made = await call('POST', CMS, {
      body,
      headers: { 'content-type': 'application/yaml', accept: 'application/yaml' },
    });
    expect([made.code, made.headers['content-type']]).to.deep.equal([201, 'application/yaml']);
    expect(made.text).to.match(/^kind: ConfigMap\n/);
  });

  it('serves health checks and the version', async () => {
    const { call } = testCluster();
    expect((await call('GET', '/readyz')).text).to.equal('ok');
    expect((await call('GET', '/livez?verbose')).text).to.match(/^\[\+\]ping ok\n[^]*livez check passed\n$/);
    expect((await call('GET', '/version')).body.gitVersion).to.match(/^v1\.36/);
    expect((await call('GET', '/')).body.paths).to.include('/apis');
  });

  describe('traffic', () => {
    it('is logged', async () => {
      const { call, api } = shop();
      await call('GET', CMS);
      await call('GET', `${CMS}/a`);
      await call('GET', '/apis/apps/v1/deployments?limit=5');
      expect(api.requestCount()).to.equal(3);
      expect(api.requestCount(({ resource, verb }) => resource === 'configmaps' && verb === 'list')).to.equal(1);
      expect(api.requests.at(-1)).to.deep.include({ verb: 'list', resource: 'deployments.apps', user: 'admin' });
      expect(api.requests.at(-1)?.query.get('limit')).to.equal('5');
      api.forgetRequests();
      expect(api.requestCount()).to.equal(0);
    });

    it('fails as often as failNext() requests', async () => {
      const { call, api } = shop();
      api.failNext(({ resource }) => resource === 'configmaps', { code: 503, retryAfter: 2 }, 2);
      const codes = [];
      for (let turn = 0; turn < 3; turn += 1) codes.push((await call('GET', CMS)).code, (await call('GET', PODS)).code);
      expect(codes).to.deep.equal([503, 200, 503, 200, 200, 200]);
      api.failNext(() => true, { code: 429, retryAfter: 7 });
      const { headers, body } = await call('GET', CMS);
      expect([headers['retry-after'], body.reason, body.details]).to.deep.equal([
        '7',
        'TooManyRequests',
        { retryAfterSeconds: 7 },
      ]);
    });

    it('is refused until refuse() is undone', async () => {
      const { call, api } = shop();
      const refused = { code: 403, message: 'not today' };
      const allow = api.refuse(({ resource }) => resource === 'configmaps', refused);
      const allowPods = api.refuse(({ resource }) => resource === 'pods', { code: 401 });
      for (let turn = 0; turn < 20; turn += 1) {
        const { code, body } = await call('GET', CMS);
        expect([code, body.reason, body.message]).to.deep.equal([403, 'Forbidden', 'not today']);
      }
      expect((await call('GET', PODS)).code).to.equal(401);
      allow();
      allow();
      expect((await call('GET', CMS)).code).to.equal(200);
      expect((await call('GET', PODS)).code).to.equal(401);
      allowPods();
      expect((await call('GET', PODS)).code).to.equal(200);
    });
  });

  it('reports an internal error and responds with 500 without its details', async () => {
    const reported: unknown[] = [];
    const { call, store } = testCluster({ onError: (error) => reported.push(error) });
    const broken = (): never => {
      throw new Error('secret');
    };
    store.addKind({
      group: 'example.com',
      version: 'v1',
      plural: 'breaks',
      kind: 'Break',
      namespaced: false,
      review: broken,
    });
    const { code, text } = await call('POST', '/apis/example.com/v1/breaks', { body: {} });
    expect([code, reported.map(String)]).to.deep.equal([500, ['Error: secret']]);
    expect(text).not.to.include('secret');
  });
});
