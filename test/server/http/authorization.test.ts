/**
 * Authorization over TLS: what the server asks about, what it serves, and what it refuses. The table of paths shows that both come from one
 * request info.
 */
import { expect } from 'chai';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import type { AccessDecision } from '../../../src/server/access/authorizer.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, requestOnce } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const PODS = `${BASE}/namespaces/shop/podsummaries`;
const TASKS = `${BASE}/namespaces/shop/tasks`;
const JSON_BODY = { 'content-type': 'application/json' };

/** Returns a spec in one line: `list podsummaries shop`, `get /version`. */
function text({ resourceAttributes, nonResourceAttributes }: AccessReviewSpec): string {
  if (nonResourceAttributes !== undefined) return `${nonResourceAttributes.verb} ${nonResourceAttributes.path}`;
  const { verb, resource: plural, subresource, namespace, name } = resourceAttributes ?? {};
  const full = subresource === undefined ? plural : `${plural}/${subresource}`;
  return [verb ?? '-', full ?? '-', namespace ?? '*', name].filter((part) => part !== undefined).join(' ');
}

describe('authorization()', () => {
  let test: TestServer;
  let client: { cert: string; key: string };
  let specs: AccessReviewSpec[];
  let handled: string[];
  let decide: (spec: AccessReviewSpec) => AccessDecision | Promise<AccessDecision>;
  const pods = fakeInformer(pod('shop/web', { labels: { app: 'web' } }), pod('shop/db'), pod('bank/vault'));

  before(async () => {
    client = await proxyCertificate();
    const handler = (name: string) => (ctx: { body: unknown }) => {
      handled.push(name);
      ctx.body = { handled: name };
    };
    test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: (spec) => {
        specs.push(spec);
        return decide(spec);
      },
      resources: [
        podSummaries(pods, { subresources: { log: { GET: handler('GET log'), DELETE: handler('DELETE log') } } }),
        resource(
          {
            kind: 'Task',
            plural: 'tasks',
            namespaced: true,
            status: true,
            scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas' },
          },
          memoryStore(),
        ),
        resource({ kind: 'Zone', plural: 'zones', namespaced: false }, memoryStore()),
        rawEndpoint({
          name: 'foo',
          paths: {
            '': { GET: handler('GET foo'), HEAD: handler('HEAD foo'), OPTIONS: handler('OPTIONS foo') },
            '/:name/run': { POST: handler('POST run') },
          },
        }),
        rawEndpoint({ name: 'bar', namespaced: true, paths: { '': { GET: handler('GET bar') } } }),
      ],
    });
  });
  after(() => test.close());
  beforeEach(() => {
    specs = [];
    handled = [];
    decide = () => ({ allowed: true });
    test.log.entries.splice(0);
  });

  const send = (
    method: string,
    path: string,
    { headers = {}, user = 'alice', body }: { headers?: object; user?: string; body?: unknown } = {},
  ): Promise<ClientResponse> =>
    requestOnce(path, {
      ...test.client,
      client,
      method,
      headers: { 'x-remote-user': user, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  for (const [method, path, asked, status] of [
    // Paths of resources.
    ['GET', PODS, 'list podsummaries shop', 200],
    ['GET', `${BASE}/podsummaries`, 'list podsummaries *', 200],
    ['GET', `${PODS}/`, 'list podsummaries shop', 200],
    ['GET', `${PODS}/web`, 'get podsummaries shop web', 200],
    ['GET', `${BASE}/podsummaries/web`, 'get podsummaries * web', 404],
    ['GET', `${BASE}/namespaces/shop/zones`, 'list zones shop', 404],
    ['GET', `${BASE}/namespaces/shop/nothing`, 'list nothing shop', 404],
    ['GET', '/apis/other.com/v1/nothing', 'list nothing *', 404],
    ['GET', '/api/v1/pods', 'list pods *', 404],
    // Names and verbs that the query gives.
    ['GET', `${PODS}?fieldSelector=metadata.name=web`, 'list podsummaries shop web', 200],
    [
      'GET',
      `${PODS}?fieldSelector=metadata.name=web&fieldSelector=metadata.name=db`,
      'list podsummaries shop web',
      200,
    ],
    ['GET', `${PODS}?fieldSelector=metadata.name=web&limit=abc`, 'list podsummaries shop', 400],
    ['GET', `${PODS}?fieldSelector=metadata.name!=web`, 'list podsummaries shop', 200],
    ['GET', `${PODS}?watch=banana&timeoutSeconds=1&resourceVersion=1`, 'watch podsummaries shop', 200],
    ['GET', `${PODS}?watch=false`, 'list podsummaries shop', 200],
    ['GET', `${PODS}?watch=0`, 'list podsummaries shop', 200],
    ['GET', `${PODS}/web?watch=1`, 'get podsummaries shop web', 200],
    // The deprecated watch paths.
    ['GET', `${BASE}/watch/podsummaries?resourceVersion=1`, 'watch podsummaries *', 200],
    ['GET', `${BASE}/watch/namespaces/shop/podsummaries?resourceVersion=1`, 'watch podsummaries shop', 200],
    ['GET', `${BASE}/watch/namespaces/shop/podsummaries/web?resourceVersion=1`, 'watch podsummaries shop web', 200],
    ['GET', `${BASE}/watch/namespaces/shop/podsummaries/web/log`, 'watch podsummaries/log shop web', 404],
    ['DELETE', `${BASE}/watch/namespaces/shop/podsummaries/web/log`, 'watch podsummaries/log shop web', 404],
    ['GET', `${BASE}/watch/namespaces/shop/tasks/mine/status`, 'watch tasks/status shop mine', 404],
    ['DELETE', `${BASE}/watch/namespaces/shop/tasks/mine`, 'watch tasks shop mine', 405],
    ['PUT', `${BASE}/watch/namespaces/shop/tasks/mine`, 'watch tasks shop mine', 405],
    ['GET', `${BASE}/watch/namespaces/shop/bar`, 'watch bar shop', 404],
    ['GET', `${BASE}/watch`, `get ${BASE}/watch`, 400],
    ['GET', `${BASE}/proxy/namespaces/shop/podsummaries/web`, 'proxy podsummaries shop web', 404],
    // Empty segments, and encoded separators.
    ['GET', `${BASE}/namespaces//podsummaries`, 'list podsummaries *', 200],
    ['GET', `/${PODS}`, `get /${PODS}`, 404],
    ['GET', `//watch${BASE}/watch`, `get //watch${BASE}/watch`, 404],
    ['GET', `${TASKS}//status`, 'list tasks/status shop', 404],
    ['DELETE', `${TASKS}//status`, 'deletecollection tasks/status shop', 404],
    ['GET', `${TASKS}//status?fieldSelector=metadata.name=mine`, 'list tasks/status shop mine', 404],
    ['GET', `${PODS}//log?fieldSelector=metadata.name=web`, 'list podsummaries/log shop web', 404],
    ['GET', `${BASE}/namespaces/shop//podsummaries`, 'get - shop podsummaries', 404],
    ['GET', `${PODS}%2Fweb`, 'get podsummaries shop web', 200],
    ['GET', `${PODS}/web%2flog`, 'get podsummaries/log shop web', 200],
    ['GET', `/apis%2Fexample.com%2Fv1%2Fpodsummaries`, 'list podsummaries *', 200],
    ['GET', `/apis/example.com%2Fv1/podsummaries`, 'list podsummaries *', 200],
    ['GET', `${BASE}%2Fpodsummaries`, 'list podsummaries *', 200],
    ['GET', `/apis/example.com%2Fv1`, `get ${BASE}`, 404],
    ['GET', `/%6civez`, undefined, 404],
    // Namespaces and their subresources.
    ['GET', `${BASE}/namespaces`, 'list namespaces *', 404],
    ['GET', `${BASE}/namespaces/shop`, 'get namespaces shop shop', 404],
    ['PUT', `${BASE}/namespaces/shop/status`, 'update namespaces/status shop shop', 404],
    ['PUT', `${BASE}/namespaces/shop/finalize`, 'update namespaces/finalize shop shop', 404],
    // Each subresource is asked about separately.
    ['GET', `${PODS}/web/log`, 'get podsummaries/log shop web', 200],
    ['DELETE', `${PODS}/web/log`, 'delete podsummaries/log shop web', 200],
    ['GET', `${PODS}/web/log/more`, 'get podsummaries/log shop web', 404],
    ['GET', `${TASKS}/mine/status`, 'get tasks/status shop mine', 404],
    ['PUT', `${TASKS}/mine/scale`, 'update tasks/scale shop mine', 400],
    // Methods.
    ['POST', TASKS, 'create tasks shop', 400],
    ['POST', `${BASE}/tasks`, 'create tasks *', 405],
    ['POST', `${TASKS}/mine`, 'create tasks shop mine', 405],
    ['PATCH', `${TASKS}/mine`, 'patch tasks shop mine', 415],
    ['PUT', `${TASKS}/mine`, 'update tasks shop mine', 400],
    ['DELETE', `${TASKS}/mine`, 'delete tasks shop mine', 404],
    ['DELETE', `${TASKS}?fieldSelector=metadata.name=x`, 'deletecollection tasks shop', 200],
    ['DELETE', `${BASE}/tasks`, 'deletecollection tasks *', 405],
    ['HEAD', PODS, 'list podsummaries shop', 405],
    ['HEAD', `${PODS}?watch=1`, 'watch podsummaries shop', 405],
    ['HEAD', `${PODS}/web`, 'get podsummaries shop web', 405],
    ['OPTIONS', PODS, undefined, 403],
    ['OPTIONS', `${PODS}/web`, undefined, 403],
    ['BANANA', `${PODS}/web`, undefined, 403],
    ['get', `${PODS}/web`, undefined, 403],
    ['CONNECTED', '/apis', undefined, 403],
    ['OPTIONS', '/apis', undefined, 403],
    ['POST', '/apis', 'post /apis', 405],
    // Raw endpoints.
    ['GET', `${BASE}/foo`, 'list foo *', 200],
    ['HEAD', `${BASE}/foo`, 'list foo *', 200],
    ['OPTIONS', `${BASE}/foo`, undefined, 403],
    ['POST', `${BASE}/foo/a/run`, 'create foo/run * a', 200],
    ['GET', `${BASE}/namespaces/shop/foo`, 'list foo shop', 404],
    ['GET', `${BASE}/namespaces/shop/bar`, 'list bar shop', 200],
    ['GET', `${BASE}/bar`, 'list bar *', 404],
    ['GET', `${BASE}/namespaces//bar`, 'list bar *', 404],
    // Other paths.
    ['GET', '/', 'get /', 200],
    ['GET', '/apis', 'get /apis', 200],
    ['GET', BASE, `get ${BASE}`, 200],
    ['GET', '/openapi/v2?timeout=5s', 'get /openapi/v2', 200],
    ['GET', '/openapi/v3/apis/example.com/v1', 'get /openapi/v3/apis/example.com/v1', 200],
    ['GET', '/version', 'get /version', 200],
    ['HEAD', '/version', 'head /version', 200],
    ['GET', '/healthz', undefined, 200],
    ['GET', '/livez?verbose', undefined, 200],
    ['GET', '/readyz', undefined, 200],
    ['GET', '/livez/', 'get /livez/', 200],
    ['GET', '/livez/ping', 'get /livez/ping', 200],
    ['GET', '/readyz/informer-sync', 'get /readyz/informer-sync', 200],
    ['GET', '/metrics', 'get /metrics', 200],
    ['GET', '/any?path=1', 'get /any', 404],
  ] as const) {
    it(`${method} ${path} asks about ${asked ?? 'nothing'} and responds with ${status}`, async () => {
      const http2 = new Http2Client({ ...test.client, client });
      const request = { ':method': method, 'x-remote-user': 'alice' };
      let received: number | undefined;
      if (/watch/.test(path) && status === 200 && asked?.startsWith('watch') === true) {
        const stream = http2.watch(path, request);
        await until(() => stream.status !== 0);
        received = stream.status;
        stream.cancel();
      } else received = (await http2.request(path, request)).status;
      http2.close();
      expect(received).to.equal(status);
      expect(specs.map(text)).to.deep.equal(asked === undefined ? [] : [asked]);
      // Without the right, the response is a 403, whether or not the path exists.
      if (asked === undefined) return;
      decide = () => ({ allowed: false });
      handled = [];
      const denied = await new Promise<ClientResponse>((resolve, reject) => {
        const other = new Http2Client({ ...test.client, client });
        other
          .request(path, request)
          .then(resolve, reject)
          .finally(() => other.close());
      });
      expect(denied.status).to.equal(403);
      expect(handled).to.deep.equal([]);
    });
  }

  it('sends 403 with the texts of Kubernetes, as plain JSON in every case', async () => {
    decide = () => ({ allowed: false, reason: 'no rule <b>' });
    const headers = { accept: 'application/yaml', 'user-agent': 'curl/8' };
    const response = await send('GET', `${PODS}/web?pretty=1`, { headers, user: 'a<b>&"c' });
    expect([
      response.status,
      response.headers['content-type'],
      response.headers['x-content-type-options'],
    ]).to.deep.equal([403, 'application/json', 'nosniff']);
    expect(response.text.trimEnd()).to.equal(
      JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message:
          'podsummaries.example.com "web" is forbidden: User "a&lt;b&gt;&amp;\\"c" cannot get resource "podsummaries" in API group "example.com" in the namespace "shop": no rule <b>',
        reason: 'Forbidden',
        details: { name: 'web', group: 'example.com', kind: 'podsummaries' },
        code: 403,
      }),
    );
    const path = await send('GET', '/a%3Cb?x=1');
    expect(JSON.parse(path.text)).to.deep.include({
      message: 'forbidden: User "alice" cannot get path "/a&lt;b": no rule <b>',
      details: {},
    });
  });

  it('comes before negotiation, the timeout, selectors, the body and the route', async () => {
    decide = () => ({ allowed: false });
    for (const [method, path, headers] of [
      ['GET', PODS, { accept: 'image/png' }],
      ['GET', `${PODS}?timeout=x`, {}],
      ['GET', `${PODS}?labelSelector=((`, {}],
      ['GET', `${PODS}?limit=abc`, {}],
      ['POST', TASKS, { 'content-type': 'text/plain' }],
      ['PUT', PODS, {}],
    ] as const) {
      expect((await send(method, path, { headers })).status, path).to.equal(403);
    }
    const broken = await requestOnce(TASKS, {
      ...test.client,
      client,
      method: 'POST',
      headers: { ...JSON_BODY, 'x-remote-user': 'alice' },
      body: '{',
    });
    expect(broken.status).to.equal(403);
  });

  it('allows system:masters without a review, also where methods are unknown', async () => {
    decide = () => ({ allowed: false });
    const headers = { 'x-remote-group': 'system:masters' };
    expect((await send('GET', PODS, { headers })).status).to.equal(200);
    expect((await send('OPTIONS', `${PODS}/web`, { headers })).status).to.equal(405);
    expect((await send('OPTIONS', `${BASE}/foo`, { headers })).status).to.equal(200);
    expect(specs).to.deep.equal([]);
    // Only the exact name of the group counts.
    for (const group of ['System:Masters', 'system:masters ', 'system:masters,x', '']) {
      expect((await send('GET', PODS, { headers: { 'x-remote-group': group } })).status, group).to.equal(
        group === 'system:masters ' ? 200 : 403,
      );
    }
  });

  it('responds with 503 and Retry-After when the decision is not known, counts it, and logs it once', async () => {
    decide = () => Promise.reject(new Error('no reviewer'));
    const { undecidedRequests } = test.server.counts();
    for (let index = 0; index < 3; index += 1) {
      const { status, headers, text: body } = await send('GET', PODS);
      expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
      expect(JSON.parse(body).message).to.equal('the server cannot authorize requests at this time');
    }
    expect(test.server.counts().undecidedRequests).to.equal(undecidedRequests + 3);
    expect(test.log.of('warn')).to.have.length(1);
    expect((await send('GET', '/livez')).status).to.equal(200);
    decide = () => ({ allowed: true });
    expect((await send('GET', PODS)).status).to.equal(200);
    expect(test.log.of('info')).to.deep.equal(['requests can be authorized again']);
  });

  for (const [title, result] of [
    ['nothing', undefined],
    ['true', true],
    ['allowed as a text', { allowed: 'true' }],
    ['a reason that is no text', { allowed: true, reason: {} }],
  ] as const) {
    it(`does not serve a request if the authorizer returns ${title}`, async () => {
      decide = () => result as never;
      expect((await send('GET', PODS)).status).to.equal(503);
    });
  }

  it('does nothing for a client that disconnects during the review', async () => {
    const review = Promise.withResolvers<AccessDecision>();
    decide = () => review.promise;
    const http2 = new Http2Client({ ...test.client, client });
    const stream = http2.watch(`${BASE}/foo`, { 'x-remote-user': 'alice' });
    await until(() => specs.length === 1);
    stream.cancel();
    // Frames arrive in their order, so the server knows of the reset.
    await http2.request('/livez');
    review.resolve({ allowed: true });
    await settled();
    expect(handled).to.deep.equal([]);
    http2.close();
  });

  describe('of open watches', () => {
    let http2: Http2Client;
    beforeEach(() => {
      http2 = new Http2Client({ ...test.client, client });
    });
    afterEach(async () => {
      http2.close();
      await until(() => test.server.counts().watchers === 0);
    });
    const watching = async (): Promise<ReturnType<Http2Client['watch']>> => {
      const stream = http2.watch(`${PODS}?watch=1`, { 'x-remote-user': 'alice' });
      await stream.next();
      await stream.next();
      return stream;
    };

    it('is reviewed every 30 s, and a denial ends the watch at once', async () => {
      const stream = await watching();
      test.clock.advance(29_999);
      expect(specs).to.have.length(1);
      test.clock.advance(1);
      expect(specs).to.have.length(2);
      await settled();
      expect(test.server.counts().watchers).to.equal(1);
      decide = () => ({ allowed: false });
      test.clock.advance(30_000);
      expect(await stream.next()).to.equal(undefined);
      await until(() => test.server.counts().watchers === 0);
    });

    it('ends with the denial of another request of the same spec', async () => {
      const stream = await watching();
      decide = () => ({ allowed: false });
      expect((await http2.request(`${PODS}?watch=1&resourceVersion=1`, { 'x-remote-user': 'alice' })).status).to.equal(
        403,
      );
      expect(await stream.next()).to.equal(undefined);
    });

    it('stays open for five minutes of failing reviews', async () => {
      const stream = await watching();
      decide = () => Promise.reject(new Error('down'));
      // The first review fails after 30 s, and the last one five minutes later.
      for (let seconds = 30; seconds < 330; seconds += 30) {
        test.clock.advance(30_000);
        await settled();
        expect(test.server.counts().watchers, `after ${seconds} s`).to.equal(1);
      }
      test.clock.advance(30_000);
      expect(await stream.next()).to.equal(undefined);
    });

    it('shares the reviews of watches with equal specs', async () => {
      await watching();
      await watching();
      specs = [];
      test.clock.advance(30_000);
      await settled();
      expect(specs).to.have.length(1);
    });
  });
});
