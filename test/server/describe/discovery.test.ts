import { expect } from 'chai';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const CLIENT_GO = `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;

describe('Discovery', () => {
  let test: TestServer;
  const noop = (): void => undefined;

  before(async () => {
    test = await TestServer.listening({
      resources: [
        podSummaries(fakeInformer(pod('shop/web')), { categories: ['all'] }),
        rawEndpoint({
          name: 'foo',
          paths: { '': { GET: noop, POST: noop }, '/bar': { GET: noop }, '/bar/deep': { PUT: noop } },
        }),
      ],
    });
  });
  after(() => test.close());

  const group = {
    name: 'example.com',
    versions: [{ groupVersion: 'example.com/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'example.com/v1', version: 'v1' },
  };

  it('responds with the legacy documents', async () => {
    expect(await test.json('/apis')).to.deep.equal({ kind: 'APIGroupList', apiVersion: 'v1', groups: [group] });
    expect(await test.json('/apis/example.com')).to.deep.equal({ kind: 'APIGroup', apiVersion: 'v1', ...group });
    expect(await test.json(BASE)).to.deep.equal({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'example.com/v1',
      resources: [
        {
          name: 'podsummaries',
          singularName: 'podsummary',
          namespaced: true,
          kind: 'PodSummary',
          verbs: ['get', 'list', 'watch'],
          shortNames: ['psum'],
          categories: ['all'],
        },
        { name: 'podsummaries/explain', singularName: '', namespaced: true, kind: 'Explanation', verbs: ['get'] },
        { name: 'foo', singularName: 'foo', namespaced: false, kind: 'Foo', verbs: ['get', 'create'] },
        // RBAC's subresource foo/bar includes all paths below it.
        { name: 'foo/bar', singularName: '', namespaced: false, kind: 'Foo', verbs: ['get', 'update'] },
      ],
    });
  });

  it('responds with the aggregated document if the client accepts it, and with 304 for its ETag', async () => {
    const { text, headers } = await test.get('/apis', { accept: CLIENT_GO });
    expect(headers).to.include({ 'content-type': AGGREGATED, 'cache-control': 'public', vary: 'Accept' });
    expect(headers['etag']).to.match(/^"[0-9A-F]{128}"$/);
    expect(text).to.match(/\}\n$/);
    const [served] = JSON.parse(text).items;
    expect(served.metadata.name).to.equal('example.com');
    const [pods, foo] = served.versions[0].resources;
    expect(pods).to.deep.include({ resource: 'podsummaries', scope: 'Namespaced', singularResource: 'podsummary' });
    expect(foo.subresources).to.deep.equal([
      {
        subresource: 'bar',
        responseKind: { group: 'example.com', version: 'v1', kind: 'Foo' },
        verbs: ['get', 'update'],
      },
    ]);

    const again = await test.get('/apis', { accept: CLIENT_GO, 'if-none-match': String(headers['etag']) });
    expect(again.status).to.equal(304);
    expect(again.text).to.equal('');
    expect(again.headers['etag']).to.equal(headers['etag']);
    expect((await test.get('/apis', { accept: CLIENT_GO, 'if-none-match': '"other"' })).status).to.equal(200);
  });

  it('responds with the aggregated document as YAML', async () => {
    const { text, headers } = await test.get('/apis', { accept: AGGREGATED.replace('json', 'yaml') });
    expect(headers['content-type']).to.equal(AGGREGATED.replace('json', 'yaml'));
    expect(text).to.match(/^kind: APIGroupDiscoveryList\n/);
  });

  for (const [path, accept] of [
    ['/apis', 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'],
    [BASE, 'application/json;as=Table;v=v1;g=meta.k8s.io'],
    ['/apis/example.com', 'application/vnd.kubernetes.protobuf'],
  ] as const) {
    it(`refuses ${accept} at ${path} with 406`, async () => {
      expect((await test.get(path, { accept })).status).to.equal(406);
    });
  }

  for (const path of ['/', '/version']) {
    it(`responds to ${path} with indented JSON for any Accept header`, async () => {
      const { status, headers, text } = await test.get(path, { accept: 'application/yaml' });
      expect([status, headers['content-type']]).to.deep.equal([200, 'application/json']);
      expect(text).to.equal(JSON.stringify(JSON.parse(text), undefined, 2));
    });
  }

  it('responds with the index of paths and the version', async () => {
    expect(await test.json('/')).to.deep.equal({
      paths: [
        '/apis',
        '/apis/example.com',
        '/apis/example.com/v1',
        '/debug/graph',
        '/healthz',
        '/livez',
        '/metrics',
        '/openapi/v2',
        '/openapi/v3',
        '/openapi/v3/apis/example.com/v1',
        '/readyz',
        '/version',
      ],
    });
    const { text, headers } = await test.get('/version');
    expect(headers['content-type']).to.equal('application/json');
    expect(JSON.parse(text)).to.have.all.keys(
      'major',
      'minor',
      'gitVersion',
      'gitCommit',
      'gitTreeState',
      'buildDate',
      'goVersion',
      'compiler',
      'platform',
    );
    expect(JSON.parse(text).gitVersion).to.match(/^v[0-9]+\.[0-9]+\.[0-9]+/);
  });
});

describe('Discovery of raw endpoints', () => {
  const noop = (): void => undefined;
  const GET = { GET: noop };

  // Each row: the paths, the names with verbs in the legacy document, and the kind and the subresources in the aggregated document.
  for (const [title, paths, legacy, aggregated] of [
    ['with itself', { '': GET }, ['foo get'], ['Foo']],
    ['with itself and a path below', { '': GET, '/bar': GET }, ['foo get', 'foo/bar get'], ['Foo bar']],
    ['with objects', { '/:name': GET }, ['foo get'], ['Foo']],
    ['with only a path below', { '/bar': GET }, ['foo/bar get'], [' bar']],
    ['with only a path below its objects', { '/:name/log': GET }, ['foo/log get'], [' log']],
    ['with only deep paths', { '/bar/deep': GET, '/:name/log/x': GET }, ['foo/bar get', 'foo/log get'], [' bar log']],
    ['with itself, for a method without a verb', { '': { OPTIONS: noop } }, [], []],
    ['with only paths without a name', { '/:a/:b': GET }, [], []],
  ] as const) {
    it(`lists an endpoint ${title}, and no resource without verbs`, async () => {
      const test = await TestServer.listening({
        resources: [podSummaries(fakeInformer(pod('shop/web'))), rawEndpoint({ name: 'foo', paths })],
      });
      try {
        const { resources } = await test.json(BASE);
        const listed = resources.map(({ name, verbs }: { name: string; verbs: string[] }) => `${name} ${verbs.join()}`);
        expect(listed).to.deep.equal(['podsummaries get,list,watch', 'podsummaries/explain get', ...legacy]);
        const { items } = JSON.parse((await test.get('/apis', { accept: AGGREGATED })).text);
        const [, ...elements] = items[0].versions[0].resources;
        expect(
          elements.map(({ responseKind, subresources = [] }: any) =>
            [responseKind.kind, ...subresources.map((it: any) => it.subresource)].join(' '),
          ),
        ).to.deep.equal(aggregated);
      } finally {
        await test.close();
      }
    });
  }
});
