/** Authorization by the sources of rows, over TLS: what the server asks about, and what it refuses. */
import { expect } from 'chai';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import type { AccessDecision } from '../../../src/server/access/authorizer.ts';
import { resource, type Resource } from '../../../src/server/define/resource.ts';
import { identity } from '../../../src/projections/identity.ts';
import { groupBy } from '../../../src/projections/operators/group-by.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { count } from '../../../src/projections/reducers/count.ts';
import { fakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, requestOnce } from '../../support/https-client.ts';
import { BASE, names, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const SHOP = `${BASE}/namespaces/shop`;

/** Returns a spec in one line: `list pods shop`, `list nodes *`. */
function text({ resourceAttributes = {} }: AccessReviewSpec): string {
  const { verb, group = '', resource: plural, subresource, namespace = '*', name } = resourceAttributes;
  const full =
    [plural, group].filter((part) => part !== '').join('.') + (subresource === undefined ? '' : `/${subresource}`);
  return [verb, full, namespace, name].filter((part) => part !== undefined).join(' ');
}

function placements(pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('bank/vault'))): Resource {
  const rows = pods.pipe(
    leftJoin(
      fakeInformer(node('n1')),
      (one) => one.spec?.nodeName,
      (one) => ({ metadata: identity(one) }),
    ),
  );
  return resource({ kind: 'Placement', plural: 'placements', namespaced: true, authorize: 'source' }, rows);
}

describe("authorize: 'source'", () => {
  let test: TestServer;
  let client: { cert: string; key: string };
  let asked: AccessReviewSpec[];
  let decide: (spec: string) => AccessDecision | Promise<AccessDecision>;
  const pods = fakeInformer(pod('shop/web', { labels: { app: 'web' } }), pod('bank/vault'));

  before(async () => {
    client = await proxyCertificate();
    const phases = pods.pipe(groupBy(() => 'all', { pods: count() }));
    test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: (spec) => {
        asked.push(spec);
        return decide(text(spec));
      },
      resources: [
        podSummaries(pods, {
          authorize: 'source',
          subresources: {
            log: { GET: (ctx) => void (ctx.body = 'log'), DELETE: (ctx) => void (ctx.body = 'deleted') },
          },
        }),
        placements(),
        resource({ kind: 'Phase', plural: 'phases', namespaced: false, authorize: 'source' }, phases),
      ],
    });
  });
  after(() => test.close());
  beforeEach(() => {
    asked = [];
    decide = () => ({ allowed: true });
    test.log.entries.splice(0);
  });

  const send = (path: string, method = 'GET'): Promise<ClientResponse> =>
    requestOnce(path, { ...test.client, client, method, headers: { 'x-remote-user': 'alice' } });

  for (const [method, path, own, ...sources] of [
    ['GET', `${BASE}/podsummaries`, 'list podsummaries.example.com *', 'list pods *'],
    ['GET', `${SHOP}/podsummaries`, 'list podsummaries.example.com shop', 'list pods shop'],
    ['GET', `${SHOP}/podsummaries?labelSelector=app=web`, 'list podsummaries.example.com shop', 'list pods shop'],
    ['GET', `${SHOP}/podsummaries/web`, 'get podsummaries.example.com shop web', 'get pods shop'],
    [
      'GET',
      `${SHOP}/podsummaries?fieldSelector=metadata.name=web`,
      'list podsummaries.example.com shop web',
      'list pods shop',
    ],
    ['GET', `${SHOP}/podsummaries/web/log`, 'get podsummaries.example.com/log shop web', 'get pods shop'],
    ['DELETE', `${SHOP}/podsummaries/web/log`, 'delete podsummaries.example.com/log shop web', 'delete pods shop'],
    ['GET', `${SHOP}/placements`, 'list placements.example.com shop', 'list pods shop', 'list nodes *'],
    ['GET', `${BASE}/placements`, 'list placements.example.com *', 'list pods *', 'list nodes *'],
    ['GET', `${BASE}/phases`, 'list phases.example.com *', 'list pods *'],
  ] as const) {
    it(`${method} ${path} needs ${[own, ...sources].join(', ')}`, async () => {
      expect((await send(path, method)).status).to.equal(200);
      expect(asked.map(text)).to.deep.equal([own, ...sources]);
      // The selectors of the request select rows, not objects of the source.
      expect(asked.slice(1).map(({ resourceAttributes }) => resourceAttributes)).to.deep.equal(
        asked.slice(1).map(({ resourceAttributes = {} }) => {
          const { verb, version, resource: plural, namespace } = resourceAttributes;
          return { ...(namespace !== undefined && { namespace }), verb, version, resource: plural };
        }),
      );
      for (const denied of [own, ...sources]) {
        decide = (spec) => ({ allowed: spec !== denied });
        expect((await send(path, method)).status, denied).to.equal(403);
      }
    });
  }

  it('names the source in the 403, and sends nothing of the row', async () => {
    decide = (spec) => ({ allowed: !spec.includes(' pods '), reason: 'no role' });
    const { status, text: body } = await send(`${SHOP}/podsummaries/web`);
    expect(status).to.equal(403);
    expect(JSON.parse(body)).to.deep.include({
      message:
        'pods is forbidden: User "alice" cannot get resource "pods" in API group "" in the namespace "shop": no role',
      details: { kind: 'pods' },
    });
    expect(body).not.to.contain('web');
    // A row that does not exist is refused in the same way.
    expect((await send(`${SHOP}/podsummaries/nothing`)).text).to.equal(body);
  });

  it('responds with 503 if the decision about a source is not known', async () => {
    decide = (spec) => (spec.includes(' nodes ') ? Promise.reject(new Error('down')) : { allowed: true });
    const { status, headers } = await send(`${SHOP}/placements`);
    expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
  });

  it('ends an open watch when the right to a source is lost', async () => {
    const http2 = new Http2Client({ ...test.client, client });
    const watch = http2.watch(`${SHOP}/podsummaries?watch=1`, { 'x-remote-user': 'alice' });
    expect((await watch.next())?.type).to.equal('ADDED');
    decide = (spec) => ({ allowed: spec !== 'watch pods shop' });
    test.clock.advance(30_000);
    expect(await watch.next()).to.equal(undefined);
    await until(() => test.server.counts().watchers === 0);
    http2.close();
  });

  it('changes nothing for members of system:masters', async () => {
    decide = () => ({ allowed: false });
    const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
    const response = await requestOnce(`${BASE}/podsummaries`, { ...test.client, client, headers });
    expect(names(JSON.parse(response.text))).to.deep.equal(['vault', 'web']);
    expect(asked).to.deep.equal([]);
  });
});
