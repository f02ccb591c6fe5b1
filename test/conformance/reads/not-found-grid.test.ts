import { expect } from 'chai';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/namespaces/ash/podsummaries`;
const ROW = `${ROWS}/api`;
const ROOTS = `${BASE}/nodesummaries`;
const ROUTE = '404 the server could not find the requested resource';
const METHOD = '405 the server does not allow this method on the requested resource';
const TEXT = '404 text';
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Method, path and the kind of the object; or the code and message of a Status; or the code of a text. */
type Case = readonly [method: string, path: string, response: string];
const gets = (response: string, ...paths: string[]): Case[] => paths.map((path): Case => ['GET', path, response]);
const others = (path: string, response: string, methods: readonly string[] = WRITES): Case[] =>
  methods.map((method): Case => [method, path, response]);

const rows: readonly (readonly [title: string, ...cases: readonly Case[]])[] = [
  [
    '8 GET without a name returns a list',
    ...gets('PodSummaryList', ROWS, `${BASE}/podsummaries`),
    ...gets('NodeSummaryList', ROOTS),
  ],
  ['8 GET with a name returns an object', ...gets('PodSummary', ROW), ...gets('NodeSummary', `${ROOTS}/n1`)],
  [
    '8 POST, PUT, PATCH and DELETE are rejected with 405, with and without a name',
    ...[ROWS, ROW, ROOTS, `${ROOTS}/n1`].flatMap((path) => others(path, METHOD)),
  ],
  [
    '8 HEAD, OPTIONS and all other methods are rejected with 405',
    ...[ROWS, ROW].flatMap((path) => others(path, METHOD, ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'])),
  ],
  [
    '8 an unknown resource of a served version returns a 404 Status',
    ...gets(ROUTE, `${BASE}/nothing`, `${BASE}/namespaces/ash/nothing`, `${BASE}/nothing/x`),
  ],
  [
    '8 an unknown version or group and all other paths return 404 as text',
    ...gets(
      TEXT,
      '/apis/example.com/v2/podsummaries',
      '/apis/other.com/v1/podsummaries',
      '/nothing',
      '/api',
      '/api/v1/pods',
    ),
  ],
  [
    '8 an unknown subresource or extra segments return a 404 Status',
    ...gets(ROUTE, `${ROW}/status`, `${ROW}/status/x`, `${ROW}/a/b/c`),
  ],
  [
    '8 a name of a namespaced resource without its namespace returns a 404 Status',
    ...gets(ROUTE, `${BASE}/podsummaries/api`),
  ],
  ['8 POST to all namespaces returns a 405 Status', ['POST', `${BASE}/podsummaries`, METHOD]],
  [
    '8 a cluster-scoped resource in a namespace returns a 404 Status',
    ...gets(ROUTE, `${BASE}/namespaces/ash/nodesummaries`, `${BASE}/namespaces/ash/nodesummaries/n1`),
  ],
  [
    '8 a trailing slash makes no difference',
    ...gets('PodSummaryList', `${ROWS}/`),
    ...gets('PodSummary', `${ROW}/`),
    ...gets('APIResourceList', `${BASE}/`),
    ...gets('APIGroup', '/apis/example.com/'),
    ...gets('APIGroupList', '/apis/'),
  ],
  [
    '8 a namespace without a resource returns a 404 Status',
    ...gets(ROUTE, `${BASE}/namespaces/ash`, `${BASE}/namespaces`),
  ],
  [
    '8 a watch path without a resource is rejected',
    ...gets('400 the path names no resource after "watch"', `${BASE}/watch`, `${BASE}/watch/`),
  ],
  [
    '8 the reserved words watch, proxy, status and finalize are not names of resources',
    ...gets(ROUTE, `${BASE}/proxy/podsummaries`, `${BASE}/namespaces/ash/status`, `${BASE}/namespaces/ash/finalize`),
  ],
  [
    '8 invalid path segments as names are rejected with 400, and a slash begins another segment',
    ...gets(`400 Name parameter invalid: "a%b": may not contain '%'`, `${ROWS}/a%25b`),
    ...gets(`400 Name parameter invalid: ".": may not be '.'`, `${ROWS}/%2E`),
    ...gets(`400 Name parameter invalid: "..": may not be '..'`, `${ROWS}/%2E%2E`),
    ...gets(ROUTE, `${ROWS}/api%2Fx`),
  ],
  [
    '8 names that cannot be created return 404',
    ...gets('404 podsummaries.example.com "API" not found', `${ROWS}/API`),
    ...gets('404 podsummaries.example.com "a:b" not found', `${ROWS}/a:b`),
  ],
  ['8 a missing namespace returns an empty list', ...gets('PodSummaryList', `${BASE}/namespaces/nowhere/podsummaries`)],
  [
    '11.4 NotFound: returns 404 for extra segments after a name with any method',
    ...[`${ROW}/baz`, `${ROOTS}/n1/baz`].flatMap((path) => [...gets(ROUTE, path), ...others(path, ROUTE)]),
  ],
  [
    '11.4 NotFound: returns 404 for a missing resource with any method',
    ...others(`${BASE}/blah`, ROUTE),
    ...others(`${BASE}/namespaces/ash/blah/x`, ROUTE),
  ],
  [
    '11.4 NotFound: returns 405 for a watch path with another method',
    ['POST', `${BASE}/watch/namespaces/ash/podsummaries/api`, METHOD],
    ['POST', `${BASE}/watch/podsummaries`, METHOD],
    ['POST', `${ROW}?watch=true`, METHOD],
    ['DELETE', `${ROWS}?watch=true`, METHOD],
  ],
  ['11.4 NotFound: returns 404 for the prefix of the core group', ...gets(TEXT, '/api/', '/api/v1', '/api/v1/watch/')],
];

describe('paths and methods', () => {
  let test: TestServer;

  before(async () => {
    const nodes = resource(
      { kind: 'NodeSummary', plural: 'nodesummaries', namespaced: false },
      fakeInformer(node('n1')).pipe(map((one) => ({ metadata: identity(one) }))),
    );
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('ash/api'))), nodes] });
  });
  after(() => test.close());

  for (const [title, ...cases] of rows) {
    it(title, async () => {
      for (const [method, path, response] of cases) {
        const { status, text, headers } = await test.http2.request(path, { ':method': method });
        const what = `${method} ${path}`;
        if (method === 'HEAD') {
          expect([what, status, text]).to.deep.equal([what, Number(response.slice(0, 3)), '']);
          continue;
        }
        if (response === TEXT) {
          expect([what, status, text]).to.deep.equal([what, 404, '404 page not found\n']);
          expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
          continue;
        }
        const { kind, message, code, details } = JSON.parse(text);
        expect([what, status === 200 ? kind : `${status} ${message}`]).to.deep.equal([what, response]);
        if (status !== 200) expect([kind, code], what).to.deep.equal(['Status', status]);
        if (response === ROUTE) expect(details, what).to.deep.equal({});
        if (status === 405) expect(headers['allow'], what).to.equal('GET');
      }
    });
  }

  it('8 / lists the served paths, sorted', async () => {
    const { paths } = await test.json('/');
    expect(paths).to.deep.equal(paths.toSorted());
    expect(paths).to.include.members(['/apis', '/apis/example.com', '/apis/example.com/v1', '/readyz']);
  });

  it('8 requests are rejected after the path is checked and before the object is read', async () => {
    expect((await test.get(`${ROW}x?resourceVersion=abc`)).status).to.equal(400);
    expect((await test.get(`${BASE}/nothing?resourceVersion=abc`)).status).to.equal(404);
    expect((await test.get(`${ROW}x`, { accept: 'text/html' })).status).to.equal(406);
    expect((await test.get(`${BASE}/nothing`, { accept: 'text/html' })).status).to.equal(404);
  });
});
