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

/** Method, path, and the kind of what comes; or the code and message of a Status; or the code of a text. */
type Case = readonly [method: string, path: string, answer: string];
const gets = (answer: string, ...paths: string[]): Case[] => paths.map((path): Case => ['GET', path, answer]);
const others = (path: string, answer: string, methods: readonly string[] = WRITES): Case[] =>
  methods.map((method): Case => [method, path, answer]);

const rows: readonly (readonly [title: string, ...cases: readonly Case[]])[] = [
  [
    '8 GET without a name: a list',
    ...gets('PodSummaryList', ROWS, `${BASE}/podsummaries`),
    ...gets('NodeSummaryList', ROOTS),
  ],
  ['8 GET with a name: a get', ...gets('PodSummary', ROW), ...gets('NodeSummary', `${ROOTS}/n1`)],
  [
    '8 POST, PUT, PATCH and DELETE, with a name or without: 405',
    ...[ROWS, ROW, ROOTS, `${ROOTS}/n1`].flatMap((path) => others(path, METHOD)),
  ],
  [
    '8 HEAD, OPTIONS and any other method: 405',
    ...[ROWS, ROW].flatMap((path) => others(path, METHOD, ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'])),
  ],
  [
    '8 an unknown resource of a served version: 404 Status',
    ...gets(ROUTE, `${BASE}/nothing`, `${BASE}/namespaces/ash/nothing`, `${BASE}/nothing/x`),
  ],
  [
    '8 an unknown version or group, or any other path: 404 text',
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
    '8 an unknown subresource or more segments: 404 Status',
    ...gets(ROUTE, `${ROW}/status`, `${ROW}/status/x`, `${ROW}/a/b/c`),
  ],
  ['8 a name of a namespaced resource without its namespace: 404 Status', ...gets(ROUTE, `${BASE}/podsummaries/api`)],
  ['8 POST to all namespaces: 405 Status', ['POST', `${BASE}/podsummaries`, METHOD]],
  [
    '8 a cluster-scoped resource in a namespace: 404 Status',
    ...gets(ROUTE, `${BASE}/namespaces/ash/nodesummaries`, `${BASE}/namespaces/ash/nodesummaries/n1`),
  ],
  [
    '8 a slash at the end: as without',
    ...gets('PodSummaryList', `${ROWS}/`),
    ...gets('PodSummary', `${ROW}/`),
    ...gets('APIResourceList', `${BASE}/`),
    ...gets('APIGroup', '/apis/example.com/'),
    ...gets('APIGroupList', '/apis/'),
  ],
  [
    '8 a namespace is no resource of the group: 404 Status',
    ...gets(ROUTE, `${BASE}/namespaces/ash`, `${BASE}/namespaces`),
  ],
  [
    '8 nothing after watch: refused',
    ...gets('400 the path names no resource after "watch"', `${BASE}/watch`, `${BASE}/watch/`),
  ],
  [
    '8 words that the grammar keeps: watch, proxy, status, finalize',
    ...gets(ROUTE, `${BASE}/proxy/podsummaries`, `${BASE}/namespaces/ash/status`, `${BASE}/namespaces/ash/finalize`),
  ],
  [
    '8 names that are no path segments: 400; a slash in one makes another segment',
    ...gets(`400 Name parameter invalid: "a%b": may not contain '%'`, `${ROWS}/a%25b`),
    ...gets(`400 Name parameter invalid: ".": may not be '.'`, `${ROWS}/%2E`),
    ...gets(`400 Name parameter invalid: "..": may not be '..'`, `${ROWS}/%2E%2E`),
    ...gets(ROUTE, `${ROWS}/api%2Fx`),
  ],
  [
    '8 names that could not be created are not there',
    ...gets('404 podsummaries.example.com "API" not found', `${ROWS}/API`),
    ...gets('404 podsummaries.example.com "a:b" not found', `${ROWS}/a:b`),
  ],
  [
    '8 a namespace that is not there: an empty list',
    ...gets('PodSummaryList', `${BASE}/namespaces/nowhere/podsummaries`),
  ],
  [
    '11.4 NotFound: with segments after a name, no method is looked at',
    ...[`${ROW}/baz`, `${ROOTS}/n1/baz`].flatMap((path) => [...gets(ROUTE, path), ...others(path, ROUTE)]),
  ],
  [
    '11.4 NotFound: with a missing resource, no method is looked at',
    ...others(`${BASE}/blah`, ROUTE),
    ...others(`${BASE}/namespaces/ash/blah/x`, ROUTE),
  ],
  [
    '11.4 NotFound: a watch by another method: 405',
    ['POST', `${BASE}/watch/namespaces/ash/podsummaries/api`, METHOD],
    ['POST', `${BASE}/watch/podsummaries`, METHOD],
    ['POST', `${ROW}?watch=true`, METHOD],
    ['DELETE', `${ROWS}?watch=true`, METHOD],
  ],
  ['11.4 NotFound: the prefix of the core group', ...gets(TEXT, '/api/', '/api/v1', '/api/v1/watch/')],
];

describe('Paths and methods', () => {
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
      for (const [method, path, answer] of cases) {
        const { status, text, headers } = await test.http2.request(path, { ':method': method });
        const what = `${method} ${path}`;
        if (method === 'HEAD') {
          expect([what, status, text]).to.deep.equal([what, Number(answer.slice(0, 3)), '']);
          continue;
        }
        if (answer === TEXT) {
          expect([what, status, text]).to.deep.equal([what, 404, '404 page not found\n']);
          expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
          continue;
        }
        const { kind, message, code, details } = JSON.parse(text);
        expect([what, status === 200 ? kind : `${status} ${message}`]).to.deep.equal([what, answer]);
        if (status !== 200) expect([kind, code], what).to.deep.equal(['Status', status]);
        if (answer === ROUTE) expect(details, what).to.deep.equal({});
        if (status === 405) expect(headers['allow'], what).to.equal('GET');
      }
    });
  }

  it('8 /: the paths there are, sorted', async () => {
    const { paths } = await test.json('/');
    expect(paths).to.deep.equal(paths.toSorted());
    expect(paths).to.include.members(['/apis', '/apis/example.com', '/apis/example.com/v1', '/readyz']);
  });

  it('8 what is refused is refused before the object is looked for, and after the path', async () => {
    expect((await test.get(`${ROW}x?resourceVersion=abc`)).status).to.equal(400);
    expect((await test.get(`${BASE}/nothing?resourceVersion=abc`)).status).to.equal(404);
    expect((await test.get(`${ROW}x`, { accept: 'text/html' })).status).to.equal(406);
    expect((await test.get(`${BASE}/nothing`, { accept: 'text/html' })).status).to.equal(404);
  });
});
