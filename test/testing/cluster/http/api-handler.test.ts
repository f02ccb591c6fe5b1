import { expect } from 'chai';

import { testCluster } from '../support/without-socket.ts';
import type { CallOptions, TestCluster } from '../support/without-socket.ts';

const CMS = '/api/v1/namespaces/shop/configmaps';
const PODS = '/api/v1/namespaces/shop/pods';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/shop/leases';
const WIDGETS = '/apis/example.com/v1/namespaces/shop/widgets';

const cm = (name: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data: { a: 'b' },
});
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'x' }] } });
const merge = (body: unknown): CallOptions => ({ body, headers: { 'content-type': 'application/merge-patch+json' } });
const jsonPatch = (body: unknown): CallOptions => ({
  body,
  headers: { 'content-type': 'application/json-patch+json' },
});
const strategic = (body: unknown): CallOptions => ({
  body,
  headers: { 'content-type': 'application/strategic-merge-patch+json' },
});
const accepting = (accept: string): CallOptions => ({ headers: { accept } });

/**
 * The namespace `shop` with the ConfigMaps `a` and `held` (terminating), the Pod `p`, the Lease `l` and the Widget `w`.
 */
const shop = (): TestCluster => {
  const cluster = testCluster();
  const { store } = cluster;
  const metadata = (name: string, more: object = {}) => ({ namespace: 'shop', name, ...more });
  store.create('namespaces', { metadata: { name: 'shop' } });
  store.create('configmaps', { metadata: metadata('a', { uid: 'uid-a', labels: { app: 'x' } }), data: { a: 'b' } });
  store.create('configmaps', { metadata: metadata('held', { finalizers: ['x.io/y'] }) });
  store.delete('configmaps', 'shop/held');
  store.create('pods', { metadata: metadata('p'), spec: { containers: [] }, status: { phase: 'Running' } });
  store.create('leases.coordination.k8s.io', { metadata: metadata('l'), spec: {} });
  store.create('widgets.example.com', { metadata: metadata('w'), spec: { color: 'red' } });
  return cluster;
};

type Row = readonly [request: string, options: CallOptions, code: number, message: string];

// Each row was also sent to kube-apiserver 1.20, which responded with the same code and message. The exceptions are the
// rows below `ours`.
const refusals: readonly Row[] = [
  ['POST /api/v1/namespaces/shop/configmaps', { body: cm('a') }, 409, 'configmaps "a" already exists'],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: cm('held') },
    409,
    'object is being deleted: configmaps "held" already exists',
  ],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: { metadata: {} } },
    422,
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  ],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: cm('x', { namespace: 'other' }) },
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  ['POST /api/v1/namespaces/nonesuch/configmaps', { body: cm('x') }, 404, 'namespaces "nonesuch" not found'],
  [
    'POST /api/v1/configmaps',
    { body: cm('x') },
    405,
    'the server does not allow this method on the requested resource',
  ],
  [`POST ${CMS}/a`, { body: cm('a') }, 405, 'the server does not allow this method on the requested resource'],
  [`GET ${CMS}/zz`, {}, 404, 'configmaps "zz" not found'],
  [`GET ${CMS}?limit=abc`, {}, 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
  [
    `GET ${CMS}?fieldSelector=data.a=b`,
    {},
    400,
    '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [`GET ${PODS}?fieldSelector=spec.foo=b`, {}, 400, 'field label not supported: spec.foo'],
  [`GET ${CMS}?labelSelector=a=b=c`, {}, 400, "found '=', expected: ',' or 'end of string'"],
  [
    `GET ${CMS}?resourceVersionMatch=Exact`,
    {},
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    `GET ${CMS}?resourceVersion=0&resourceVersionMatch=Exact`,
    {},
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  [
    `GET ${CMS}?resourceVersion=1&resourceVersionMatch=Exact`,
    {},
    410,
    'The resourceVersion for the provided list is too old.',
  ],
  [`PUT ${CMS}/a`, { body: cm('b') }, 400, 'the name of the object (b) does not match the name on the URL (a)'],
  [`PUT ${CMS}/zz`, { body: cm('zz') }, 404, 'configmaps "zz" not found'],
  [
    `PUT ${CMS}/a`,
    { body: cm('a', { resourceVersion: '1' }) },
    409,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [`PUT ${CMS}`, { body: cm('a') }, 405, 'the server does not allow this method on the requested resource'],
  [`PATCH ${CMS}/zz`, merge({}), 404, 'configmaps "zz" not found'],
  [
    `PATCH ${CMS}/a`,
    jsonPatch([{ op: 'replace', path: '/nope/x', value: 1 }]),
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    `PATCH ${CMS}/a`,
    jsonPatch([{ op: 'test', path: '/data/a', value: 'q' }]),
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    `PATCH ${CMS}/a`,
    merge({ metadata: { resourceVersion: '1' } }),
    409,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    `PATCH ${CMS}/a`,
    merge({ metadata: { name: 'q' } }),
    400,
    'the name of the object (q) does not match the name on the URL (a)',
  ],
  [
    `PATCH ${CMS}/a?force=true`,
    merge({}),
    422,
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  ],
  [`PATCH ${CMS}`, merge({}), 405, 'the server does not allow this method on the requested resource'],
  [`DELETE ${CMS}/zz`, {}, 404, 'configmaps "zz" not found'],
  [
    `DELETE ${CMS}/a`,
    { body: { preconditions: { uid: 'x' } } },
    409,
    'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (uid-a). The object might have been deleted and then recreated',
  ],
  [
    `DELETE ${CMS}/a?propagationPolicy=foo`,
    {},
    422,
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "foo": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [`GET ${PODS}/p/nope`, {}, 404, 'the server could not find the requested resource'],
  [`GET ${PODS}/p/status/x`, {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/pods/p', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/namespaces/x/nodes', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/nonesuch', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v2/pods', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/nodes/a%25b', {}, 400, `Name parameter invalid: "a%b": may not contain '%'`],
  ['DELETE /api/v1/namespaces', {}, 405, 'the server does not allow this method on the requested resource'],
  [
    `GET ${CMS}?watch=1&fieldSelector=data.a=b`,
    {},
    400,
    '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
];

// Responses that differ from those of 1.20, which has another text or responds with 500. The rows follow the conformance tables.
const ours: readonly Row[] = [
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: cm('x', { resourceVersion: '5' }) },
    400,
    'resourceVersion should not be set on objects to be created',
  ],
  ['POST /api/v1/namespaces/shop/configmaps', { body: '' }, 400, 'the body of the request is empty'],
  ['POST /api/v1/namespaces/shop/configmaps', { body: [] }, 400, 'the body of the request is not an object'],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: { ...cm('x'), apiVersion: 'v2' } },
    400,
    'the API version in the data (v2) does not match the expected API version (v1)',
  ],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: { ...cm('x'), kind: 'Secret' } },
    400,
    'Secret in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered for it',
  ],
  [
    `POST ${CMS}?dryRun=x`,
    { body: cm('dry') },
    422,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"',
  ],
  [
    `POST ${CMS}?fieldValidation=x`,
    { body: cm('x') },
    422,
    'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
  ],
  [
    `POST ${CMS}`,
    { body: 'x', headers: { 'content-type': 'text/plain' } },
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  ],
  [
    `PATCH ${WIDGETS}/w`,
    strategic({}),
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
  ],
  [
    `PATCH ${CMS}/a`,
    { body: {}, headers: { 'content-type': 'application/apply-patch+yaml' } },
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
  ],
  [
    `GET ${CMS}/a?resourceVersion=abc`,
    {},
    400,
    'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  ],
  [`GET ${CMS}?timeout=abc`, {}, 400, 'invalid timeout specified in the request URL - time: invalid duration "abc"'],
  [
    `PUT ${LEASES}/l`,
    { body: { metadata: { name: 'l' } } },
    422,
    'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  ],
  [`GET ${WIDGETS}?fieldSelector=spec.size=1`, {}, 400, 'field label not supported: spec.size'],
  [
    `GET ${CMS}/a`,
    accepting('text/html'),
    406,
    'only the following media types are accepted: application/json, application/yaml',
  ],
];

describe('apiHandler()', () => {
  for (const [request, options, code, message] of [...refusals, ...ours]) {
    it(`responds with ${code} to ${request} ${options.body === undefined ? '' : JSON.stringify(options.body)}: ${message.slice(0, 60)}`, async () => {
      const { call, store } = shop();
      const [method, url] = request.split(' ') as [string, string];
      const before = store.revision;
      const { body, headers } = await call(method, url, options);
      expect(body.message).to.equal(message);
      expect([body.code, body.status, body.kind, headers['content-type']]).to.deep.equal([
        code,
        'Failure',
        'Status',
        'application/json',
      ]);
      expect(store.revision, 'a refused request must change nothing').to.equal(before);
    });
  }

  for (const [request, code] of [
    ['GET /apis/nope/v1/x', 404],
    ['GET /apis/nope', 404],
    ['GET /apis/apps/v2', 404],
    ['GET /nope', 404],
    ['GET /healthz/zzz', 404],
  ] as const) {
    it(`responds to ${request} with a plain ${code}`, async () => {
      const [method, url] = request.split(' ') as [string, string];
      const { code: found, text, headers } = await testCluster().call(method, url);
      expect([found, text, headers['content-type']]).to.deep.equal([
        code,
        '404 page not found\n',
        'text/plain; charset=utf-8',
      ]);
    });
  }

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
