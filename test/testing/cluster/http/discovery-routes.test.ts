import { expect } from 'chai';

import { testCluster } from '../support/without-socket.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const CLIENT_GO = `${V2},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;

describe('discoveryRoutes()', () => {
  it('lists the core group at /api and its resources at /api/v1', async () => {
    const { call } = testCluster();
    expect((await call('GET', '/api')).body).to.deep.include({ kind: 'APIVersions', versions: ['v1'] });
    const { body } = await call('GET', '/api/v1');
    expect([body.kind, body.groupVersion]).to.deep.equal(['APIResourceList', 'v1']);
    const pods = body.resources.find(({ name }: { name: string }) => name === 'pods');
    expect(pods).to.deep.equal({
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
      storageVersionHash: 'xPOwRZ+Yhw8=',
    });
    const names = body.resources.map(({ name }: { name: string }) => name);
    expect(names).to.include.members(['pods/status', 'pods/binding', 'nodes/status', 'replicationcontrollers/scale']);
    expect(names).not.to.include('configmaps/status');
  });

  it('lists the other groups at /apis, one group at /apis/G and its resources at /apis/G/V', async () => {
    const { call } = testCluster();
    const { body } = await call('GET', '/apis/');
    expect(body.kind).to.equal('APIGroupList');
    expect(body.groups.map(({ name }: { name: string }) => name))
      .to.include.members(['apps', 'batch', 'example.com'])
      .and.not.include('');
    expect((await call('GET', '/apis/apps')).body).to.deep.include({
      kind: 'APIGroup',
      name: 'apps',
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
    const widgets = await call('GET', '/apis/example.com/v1');
    expect(widgets.body.resources[0]).to.deep.include({ name: 'widgets', kind: 'Widget', shortNames: ['wd'] });
    const scale = (await call('GET', '/apis/apps/v1')).body.resources.find(
      ({ name }: { name: string }) => name === 'deployments/scale',
    );
    expect(scale).to.deep.equal({
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it('returns aggregated discovery on request, and 304 for a known ETag', async () => {
    const { call } = testCluster();
    for (const path of ['/api', '/apis']) {
      const first = await call('GET', path, { headers: { accept: CLIENT_GO } });
      expect(first.headers).to.deep.include({ 'content-type': V2, vary: 'Accept', 'cache-control': 'public' });
      expect(first.headers['etag']).to.match(/^"[0-9A-F]{128}"$/);
      expect(first.body.kind).to.equal('APIGroupDiscoveryList');
      const again = await call('GET', path, {
        headers: { accept: CLIENT_GO, 'if-none-match': String(first.headers['etag']) },
      });
      expect([again.code, again.text]).to.deep.equal([304, '']);
    }
    const core = await call('GET', '/api', { headers: { accept: V2 } });
    expect(core.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).to.deep.equal(['']);
  });

  it('lists a kind as soon as it is added', async () => {
    const { call, store } = testCluster();
    const etag = async () => (await call('GET', '/apis', { headers: { accept: V2 } })).headers['etag'];
    const before = await etag();
    store.addKind({ group: 'late.example.com', version: 'v1', plural: 'things', kind: 'Thing' });
    expect(await etag()).not.to.equal(before);
    expect((await call('GET', '/apis/late.example.com/v1')).code).to.equal(200);
  });

  it('passes its documents through the aggregator', async () => {
    const extra = { name: 'extra.example.com', versions: [{ groupVersion: 'extra.example.com/v1', version: 'v1' }] };
    const aggregated = {
      groupList: (groups: readonly object[]) => [...groups, extra] as never,
      discovery: (groups: readonly object[]) =>
        [...groups, { metadata: { name: 'extra.example.com' }, versions: [] }] as never,
      openApiV2: <T extends object>(document: T): T => ({ ...document, extra: true }),
      openApiV3: (paths: object) => ({ ...paths, 'apis/extra.example.com/v1': {} }),
    };
    const { call } = testCluster({ aggregated });
    expect((await call('GET', '/apis')).body.groups.at(-1)).to.deep.equal(extra);
    expect((await call('GET', '/apis/extra.example.com')).body).to.deep.include(extra);
    expect((await call('GET', '/apis', { headers: { accept: V2 } })).body.items.at(-1).metadata.name).to.equal(
      'extra.example.com',
    );
    expect((await call('GET', '/openapi/v2')).body.extra).to.equal(true);
    expect((await call('GET', '/openapi/v3')).body.paths).to.have.property('apis/extra.example.com/v1');
  });
});

describe('openApiRoutes()', () => {
  it('lists documents by group version, with their hashes', async () => {
    const { call } = testCluster();
    const { body } = await call('GET', '/openapi/v3');
    expect(Object.keys(body.paths)).to.include.members(['api/v1', 'apis/apps/v1', 'apis/example.com/v1']);
    const { serverRelativeURL } = body.paths['apis/apps/v1'];
    const document = await call('GET', serverRelativeURL);
    expect(document.headers['etag']).to.equal(`"${serverRelativeURL.split('hash=')[1]}"`);
    expect((await call('GET', '/openapi/v3/apis/none/v1')).code).to.equal(404);
  });

  it('has the parameters that kubectl looks for before it writes', async () => {
    const { call } = testCluster();
    const { body } = await call('GET', '/openapi/v3/api/v1');
    const { patch } = body.paths['/api/v1/namespaces/{namespace}/pods/{name}'];
    expect(patch['x-kubernetes-group-version-kind']).to.deep.equal({ group: '', version: 'v1', kind: 'Pod' });
    expect(patch.parameters.map(({ name }: { name: string }) => name)).to.include.members([
      'dryRun',
      'fieldValidation',
      'fieldManager',
    ]);
    expect(Object.keys(patch.requestBody.content)).not.to.include('application/strategic-merge-patch+json');
    expect(body.components.schemas['io.k8s.api.core.v1.Pod']).to.deep.include({
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }],
    });
    expect(body.paths).to.have.property('/api/v1/nodes/{name}');
  });

  it('has one OpenAPI v2 document for all kinds', async () => {
    const { body } = await testCluster().call('GET', '/openapi/v2');
    expect(body.swagger).to.equal('2.0');
    expect(body.definitions).to.include.keys('io.k8s.api.apps.v1.Deployment', 'com.example.v1.Widget');
  });
});
