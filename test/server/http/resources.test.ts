import { expect } from 'chai';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const ROUTE = 'the server could not find the requested resource';
const METHOD = 'the server does not allow this method on the requested resource';
const PAGE = '404 page not found\n';
const NAMED = `${BASE}/namespaces/shop/podsummaries/web`;

/** The method, the path, and the response: its code, and the message of a Status, the whole text or the kind of an object. */
type Case = readonly [method: string, path: string, code: number, says: string];

const cases: readonly Case[] = [
  // methods, with and without a name
  ['GET', `${BASE}/podsummaries`, 200, 'PodSummaryList'],
  ['GET', `${BASE}/namespaces/shop/podsummaries`, 200, 'PodSummaryList'],
  ['GET', NAMED, 200, 'PodSummary'],
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'].flatMap((method): Case[] => [
    [method, `${BASE}/namespaces/shop/podsummaries`, 405, METHOD],
    [method, `${BASE}/podsummaries`, 405, METHOD],
    [method, NAMED, 405, METHOD],
  ]),
  // names
  ['GET', `${BASE}/namespaces/shop/podsummaries/none`, 404, 'podsummaries.example.com "none" not found'],
  ['GET', `${BASE}/namespaces/shop/podsummaries/NOT:dns`, 404, 'podsummaries.example.com "NOT:dns" not found'],
  ['GET', `${BASE}/namespaces/shop/podsummaries/a%25b`, 400, `Name parameter invalid: "a%b": may not contain '%'`],
  ['GET', `${BASE}/namespaces/shop/podsummaries/..`, 400, `Name parameter invalid: "..": may not be '..'`],
  ['GET', `${BASE}/namespaces/shop/podsummaries/%2E`, 400, `Name parameter invalid: ".": may not be '.'`],
  ['GET', `${BASE}/namespaces/shop/podsummaries/w%65b`, 200, 'PodSummary'],
  ['GET', `${BASE}/namespaces/shop/podsummaries/web%2Fx`, 404, ROUTE],
  ['GET', `${BASE}/namespaces/shop/podsummaries/w%zz`, 400, 'the path of the request is not properly percent-encoded'],
  // the parameter watch on one object is ignored
  ['GET', `${NAMED}?watch=1`, 200, 'PodSummary'],
  // trailing slashes
  ['GET', `${BASE}/podsummaries/`, 200, 'PodSummaryList'],
  ['GET', `${NAMED}/`, 200, 'PodSummary'],
  ['GET', `${BASE}/`, 200, 'APIResourceList'],
  ['GET', '/apis/example.com/', 200, 'APIGroup'],
  ['GET', '/apis/', 200, 'APIGroupList'],
  // unknown resources, versions, groups, paths
  ['GET', `${BASE}/nothing`, 404, ROUTE],
  ['POST', `${BASE}/nothing`, 404, ROUTE],
  ['GET', `${BASE}/nothing/x`, 404, ROUTE],
  ['GET', `${BASE}/PodSummaries`, 404, ROUTE],
  ['GET', `${BASE}/psum`, 404, ROUTE],
  ['GET', '/apis/example.com/v2/podsummaries', 404, PAGE],
  ['GET', '/apis/other.com/v1/podsummaries', 404, PAGE],
  ['GET', '/apis/example.com/v2', 404, PAGE],
  ['GET', '/apis/other.com', 404, PAGE],
  ['GET', '/api', 404, PAGE],
  ['GET', '/api/v1/podsummaries', 404, PAGE],
  ['GET', '/APIS', 404, PAGE],
  ['GET', '/apis/EXAMPLE.com', 404, PAGE],
  ['GET', '/whatever', 404, PAGE],
  // subresources and paths below them
  ['GET', `${NAMED}/status`, 404, ROUTE],
  ['PUT', `${NAMED}/status`, 404, ROUTE],
  ['GET', `${NAMED}/a/b/c`, 404, ROUTE],
  // scopes
  ['GET', `${BASE}/podsummaries/web`, 404, ROUTE],
  ['DELETE', `${BASE}/podsummaries/web`, 404, ROUTE],
  ['GET', `${BASE}/namespaces/nowhere/podsummaries`, 200, 'PodSummaryList'],
  ['GET', `${BASE}/nodesummaries/n1`, 200, 'NodeSummary'],
  ['GET', `${BASE}/nodesummaries`, 200, 'NodeSummaryList'],
  ['GET', `${BASE}/namespaces/shop/nodesummaries`, 404, ROUTE],
  ['GET', `${BASE}/namespaces/shop/nodesummaries/n1`, 404, ROUTE],
  // paths that the grammar reads as something else
  ['GET', `${BASE}/namespaces`, 404, ROUTE],
  ['GET', `${BASE}/namespaces/shop`, 404, ROUTE],
  ['GET', `${BASE}/namespaces/shop/status`, 404, ROUTE],
  ['GET', `${BASE}/proxy/podsummaries`, 404, ROUTE],
  ['POST', `${BASE}/proxy/podsummaries`, 404, ROUTE],
  ['GET', `${BASE}/proxy/foo`, 404, ROUTE],
  ['GET', `${BASE}/watch/foo`, 404, ROUTE],
  ['GET', `${BASE}/watch/nothing`, 404, ROUTE],
  ['POST', `${BASE}/watch/podsummaries`, 405, METHOD],
  ['GET', `${BASE}/watch/podsummaries/web`, 404, ROUTE],
  ...['watch', 'watch/', '%77atch'].map((last): Case => [
    'GET',
    `${BASE}/${last}`,
    400,
    'the path names no resource after "watch"',
  ]),
  ['POST', `${BASE}/watch`, 400, 'the path names no resource after "watch"'],
  ['GET', `${BASE}/proxy`, 404, ROUTE],
  ['GET', '/apis/other.com/v1/watch', 404, PAGE],
  ['GET', '/api/v1/watch', 404, PAGE],
  // raw endpoints
  ['GET', `${BASE}/foo`, 200, 'Foo'],
  ['GET', `${BASE}/foo/`, 200, 'Foo'],
  ['GET', `${BASE}/foo/bar`, 200, 'Bar'],
  ['GET', `${BASE}/f%6Fo/bar`, 200, 'Bar'],
  ['POST', `${BASE}/foo/bar`, 405, METHOD],
  ['HEAD', `${BASE}/foo`, 405, METHOD],
  ['GET', `${BASE}/foo/nothing`, 404, ROUTE],
  ['GET', `${BASE}/foo//bar`, 404, ROUTE],
  ['GET', `${BASE}/namespaces/shop/foo`, 404, ROUTE],
  // documents that can only be read
  ['POST', '/apis', 405, METHOD],
  ['PUT', '/apis/example.com', 405, METHOD],
  ['DELETE', BASE, 405, METHOD],
  ['POST', '/version', 405, METHOD],
  ['POST', '/apis/other.com', 404, PAGE],
];

describe('resources()', () => {
  let test: TestServer;

  before(async () => {
    const nodes = fakeInformer(node('n1'));
    const nodeSummaries = resource(
      { kind: 'NodeSummary', plural: 'nodesummaries', namespaced: false },
      nodes.pipe(map((one) => ({ metadata: identity(one) }))),
    );
    const foo = rawEndpoint({
      name: 'foo',
      paths: {
        '': { GET: (ctx) => void (ctx.body = { kind: 'Foo' }) },
        '/bar': { GET: (ctx) => void (ctx.body = { kind: 'Bar' }) },
      },
    });
    test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web'))), nodeSummaries, foo],
    });
  });

  after(() => test.close());

  for (const [method, path, code, says] of cases) {
    it(`responds to ${method} ${path} with ${code}`, async () => {
      const responses = [await test.get(path, {}, method), await test.http2.request(path, { ':method': method })];
      for (const { status, text, headers } of responses) {
        expect(status).to.equal(code);
        if (method === 'HEAD') {
          expect(text).to.equal('');
          continue;
        }
        if (says === PAGE) {
          expect(text).to.equal(PAGE);
          expect(headers).to.include({
            'content-type': 'text/plain; charset=utf-8',
            'x-content-type-options': 'nosniff',
          });
          continue;
        }
        const body = JSON.parse(text);
        if (code === 200) expect(body.kind).to.equal(says);
        else expect(body).to.deep.include({ kind: 'Status', status: 'Failure', message: says, code });
        if (code === 405) expect(headers['allow']).to.match(/^GET/);
      }
    });
  }

  for (const method of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'FOO']) {
    it(`finds no handler of a raw endpoint for the HTTP/2 method ${method}`, async () => {
      const { status } = await test.http2.request(`${BASE}/foo`, { ':method': method });
      expect(status).to.equal(405);
    });
  }

  for (const [target, code] of [
    [`https://example.com${BASE}/podsummaries`, 200],
    ['*', 400],
    ['http://[::1', 400],
    ['http://', 400],
  ] as const) {
    it(`responds to the HTTP/1.1 request target ${target} with ${code}`, async () => {
      expect((await test.get(target)).status).to.equal(code);
    });
  }
});
