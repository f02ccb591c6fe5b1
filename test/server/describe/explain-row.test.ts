/** The subresource `explain` over TLS: the objects behind a row, and what users see who may not get all of them. */
import { expect } from 'chai';
import type { V1Node, V1Pod } from '../../../src/informers/wire-type.ts';
import { count, filter, groupBy, identity, leftJoin, map } from '../../../src/projections/index.ts';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { FakeInformer, fakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, requestOnce } from '../../support/https-client.ts';
import { BASE, TestServer } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const placement = (name: string): string => `${BASE}/namespaces/shop/placements/${name}/explain`;
const load = (name: string): string => `${BASE}/nodeloads/${name}/explain`;
const EXPLAIN = ['get placements/explain', 'get nodeloads/explain', 'get openpods/explain'];
const POD = { group: '', version: 'v1', resource: 'pods' };
const NODE = { group: '', version: 'v1', resource: 'nodes' };

/** Returns the right that a review is about: `get pods shop/web`, and `get pods shop/` for all pods of a namespace. */
function rightOf({ resourceAttributes }: AccessReviewSpec): string {
  const { verb, resource: plural, subresource, namespace = '', name = '' } = resourceAttributes ?? {};
  if (subresource !== undefined) return `${verb} ${plural}/${subresource}`;
  return `${verb} ${plural} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

describe('the subresource explain', () => {
  let pods: FakeInformer<V1Pod>;
  let nodes: FakeInformer<V1Node>;
  let test: TestServer;
  let client: { cert: string; key: string };
  /** The rights of the user alice. */
  let rights: Set<string>;
  let reviews: string[];
  let isDown: boolean;

  beforeEach(async () => {
    pods = fakeInformer(
      pod('shop/web', { node: 'n1' }),
      pod('shop/db', { node: 'n1' }),
      pod('bank/vault', { node: 'n1', labels: { secret: 'yes' } }),
    );
    nodes = fakeInformer(node('n1'));
    client = await proxyCertificate();
    reviews = [];
    isDown = false;
    const isOpen = filter((one: V1Pod) => one.metadata?.labels?.['hidden'] === undefined);
    const openPods = pods.pipe(
      isOpen,
      map((one) => ({ metadata: identity(one) })),
    );
    const placements = pods.pipe(
      isOpen,
      leftJoin(
        nodes,
        (one) => one.spec?.nodeName,
        (one, on) => {
          if (one.metadata?.labels?.['bad'] !== undefined) throw new Error(`no place on ${on?.metadata?.name}`);
          return { metadata: identity(one), node: on?.metadata?.name };
        },
      ),
      map(({ metadata, node: name }) => ({ metadata, status: { node: name } })),
    );
    const loads = pods.pipe(
      groupBy((one) => one.spec?.nodeName, { pods: count() }),
      map(({ metadata, ...status }) => ({ metadata, status })),
    );
    test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: (spec) => {
        const right = rightOf(spec);
        if (isDown && !right.includes('/explain')) throw new Error('no reviews');
        if (!right.includes('/explain')) reviews.push(right);
        return { allowed: rights.has(right) };
      },
      informers: {
        of: () => expect.fail('nothing is read'),
        resourceOf: (source) =>
          new Map<unknown, typeof POD>([
            [pods, POD],
            [nodes, NODE],
          ]).get(source),
      },
      resources: [
        resource({ kind: 'Placement', plural: 'placements', namespaced: true }, placements),
        resource({ kind: 'NodeLoad', plural: 'nodeloads', namespaced: false }, loads),
        resource({ kind: 'OpenPod', plural: 'openpods', namespaced: true }, openPods),
        resource({ kind: 'Task', plural: 'tasks', namespaced: true }, memoryStore()),
      ],
    });
  });
  afterEach(() => test.close());

  const send = (path: string, method = 'GET', user = 'alice'): Promise<ClientResponse> =>
    requestOnce(path, { ...test.client, client, method, headers: { 'x-remote-user': user } });
  const explained = async (path: string): Promise<Record<string, any>> => {
    const { status, text } = await send(path);
    expect(status, text).to.equal(200);
    return JSON.parse(text);
  };
  const statusOf = async (path: string): Promise<unknown[]> => {
    const { status, text } = await send(path);
    return [status, JSON.parse(text).message];
  };

  it('shows the steps of a row, and the source objects with their versions', async () => {
    rights = new Set([...EXPLAIN, 'get pods shop/web', 'get nodes n1']);
    pods.modify(pod('shop/web', { node: 'n1', phase: 'Running' }));
    const [web, n1] = [pods.get('shop/web')?.metadata, nodes.get('n1')?.metadata];
    const step = `${pods.name} | filter`;
    const source = {
      source: POD,
      namespace: 'shop',
      name: 'web',
      uid: web?.uid,
      resourceVersion: web?.resourceVersion,
    };
    expect(await explained(placement('web'))).to.deep.equal({
      kind: 'Explanation',
      apiVersion: 'example.com/v1',
      metadata: { name: 'web', namespace: 'shop' },
      row: {
        step: `${step} | leftJoin(${nodes.name}) | map`,
        key: 'shop/web',
        present: true,
        origins: [
          {
            step: `${step} | leftJoin(${nodes.name})`,
            key: 'shop/web',
            present: true,
            origins: [
              { step, key: 'shop/web', present: true, origins: [{ ...source, present: true }] },
              { source: NODE, name: 'n1', uid: n1?.uid, resourceVersion: n1?.resourceVersion, present: true },
            ],
          },
        ],
      },
    });
    expect(reviews).to.have.members(['get pods shop/web', 'get nodes n1']);
  });

  it('leaves out the objects that the user may not get, and those that depend on them', async () => {
    rights = new Set([...EXPLAIN, 'get pods shop/web']);
    const { row } = await explained(placement('web'));
    const [joined] = row.origins;
    expect(joined).to.not.have.any.keys('present', 'error');
    expect([joined.hidden, joined.origins.length, joined.origins[0].origins[0].name]).to.deep.equal([true, 1, 'web']);
    rights = new Set(EXPLAIN);
    const { text } = await send(placement('web'));
    expect(text)
      .to.contain('"hidden":true')
      .and.to.not.match(/n1|uid|resourceVersion/);
  });

  it('shows the members of a group that the user may get, without the names or the number of others', async () => {
    rights = new Set([...EXPLAIN, 'get pods shop/']);
    const { row } = await explained(load('n1'));
    const { origins, hidden } = row.origins[0];
    expect(origins.map(({ name }: { name: string }) => name)).to.have.members(['web', 'db']);
    expect(hidden).to.equal(true);
    expect(JSON.stringify(row)).to.not.match(/vault|bank/);
    // One review for the namespace with two objects, and one for the object of the other.
    expect(reviews).to.have.members(['get pods shop/', 'get pods bank/vault']);
    reviews.length = 0;
    rights = new Set([...EXPLAIN, 'get pods shop/db']);
    const other = (await explained(load('n1'))).row.origins[0];
    expect(other.origins.map(({ name }: { name: string }) => name)).to.deep.equal(['db']);
    expect(reviews).to.have.members(['get pods shop/', 'get pods shop/web', 'get pods shop/db', 'get pods bank/vault']);
  });

  it('bounds the objects and the reviews of one request', async () => {
    rights = new Set([...EXPLAIN, 'get pods shop/', 'get pods bank/vault']);
    for (let n = 0; n < 500; n += 1) pods.add(pod(`shop/p${n}`, { node: 'n1' }));
    const { row } = await explained(load('n1'));
    expect([row.origins[0].origins.length, row.origins[0].truncated]).to.deep.equal([100, true]);
    expect(reviews.length).to.be.at.most(2);
    rights = new Set(EXPLAIN);
    reviews.length = 0;
    await explained(load('n1'));
    expect(reviews.length).to.be.at.most(102);
  });

  it('shows the error of a row only to users who may get all of its objects', async () => {
    rights = new Set([...EXPLAIN, 'get pods shop/web', 'get nodes n1']);
    pods.modify(pod('shop/web', { node: 'n1', labels: { bad: 'yes' } }));
    const { row } = await explained(placement('web'));
    expect(row.present).to.equal(false);
    const [joined] = row.origins;
    expect(joined).to.include({ present: false });
    expect(joined.error).to.match(/no row for shop\/web: no place on n1$/);
    rights.delete('get nodes n1');
    expect(await statusOf(placement('web'))).to.deep.equal([404, 'placements.example.com "web" not found']);
  });

  it('explains a row that a filter has removed, and responds with 404 to the name of no object', async () => {
    rights = new Set([...EXPLAIN, 'get pods shop/web', 'get pods shop/none', 'get nodes n1']);
    pods.modify(pod('shop/web', { node: 'n1', labels: { hidden: 'yes' } }));
    const { row } = await explained(`${BASE}/namespaces/shop/openpods/web/explain`);
    const [filtered] = row.origins;
    expect([row.present, filtered.present, filtered.origins[0].present]).to.deep.equal([false, false, true]);
    // A join does not know the objects of a row that it does not have.
    expect(await statusOf(placement('web'))).to.deep.equal([404, 'placements.example.com "web" not found']);
    expect(await statusOf(placement('none'))).to.deep.equal([404, 'placements.example.com "none" not found']);
    rights = new Set(EXPLAIN);
    for (const name of ['web', 'none']) {
      expect(await statusOf(`${BASE}/namespaces/shop/openpods/${name}/explain`)).to.deep.equal([
        404,
        `openpods.example.com "${name}" not found`,
      ]);
    }
  });

  it('needs the right for the subresource itself, and a known decision about each object', async () => {
    rights = new Set(['get placements shop/web', 'get pods shop/web', 'get nodes n1']);
    const [status, message] = await statusOf(placement('web'));
    expect(status).to.equal(403);
    expect(message).to.contain('User "alice" cannot get resource "placements/explain" in API group "example.com"');
    rights = new Set(EXPLAIN);
    isDown = true;
    expect(await statusOf(placement('web'))).to.deep.equal([503, 'the server cannot authorize requests at this time']);
  });

  it('never shows objects of a source that is not of the cluster, not even to system:masters', async () => {
    rights = new Set();
    const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
    const get = async (): Promise<string> =>
      (await requestOnce(placement('web'), { ...test.client, client, headers })).text;
    expect(await get())
      .to.contain('"resourceVersion"')
      .and.to.not.contain('hidden');
    expect(reviews).to.deep.equal([]);
    const other = await TestServer.listening({
      resources: [
        resource(
          { kind: 'Placement', plural: 'placements', namespaced: true },
          fakeInformer(pod('shop/web')).pipe(map((one) => ({ metadata: identity(one) }))),
        ),
      ],
    });
    const { row } = await other.json(placement('web'));
    expect([row.present, row.hidden, row.origins]).to.deep.equal([true, true, []]);
    await other.close();
  });

  it('is in discovery for projections only, and refuses other methods and deeper paths', async () => {
    rights = new Set([...EXPLAIN, 'get tasks/explain', 'create placements/explain']);
    const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
    const { text } = await requestOnce(BASE, { ...test.client, client, headers });
    const found = JSON.parse(text).resources.filter(({ name }: { name: string }) => name.endsWith('/explain'));
    expect(found).to.deep.equal([
      { name: 'placements/explain', singularName: '', namespaced: true, kind: 'Explanation', verbs: ['get'] },
      { name: 'nodeloads/explain', singularName: '', namespaced: false, kind: 'Explanation', verbs: ['get'] },
      { name: 'openpods/explain', singularName: '', namespaced: true, kind: 'Explanation', verbs: ['get'] },
    ]);
    expect((await send(placement('web'), 'POST')).status).to.equal(405);
    expect((await send(`${placement('web')}/deep`)).status).to.equal(404);
    expect((await send(`${BASE}/placements/web/explain`)).status).to.equal(404);
    expect((await send(`${BASE}/namespaces/shop/tasks/one/explain`)).status).to.equal(404);
  });

  it('responds with 429 until the row can be read, and with 406 to a form that it does not have', async () => {
    rights = new Set(EXPLAIN);
    const headers = { 'x-remote-user': 'alice', accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    expect((await requestOnce(placement('web'), { ...test.client, client, headers })).status).to.equal(406);
    const waiting = new FakeInformer<V1Pod>({ name: 'pods', notSynced: true });
    const other = await TestServer.listening({
      resources: [
        resource(
          { kind: 'Placement', plural: 'placements', namespaced: true },
          waiting.pipe(map((one) => ({ metadata: identity(one) }))),
        ),
      ],
    });
    expect((await other.get(placement('web'))).status).to.equal(429);
    await other.close();
  });
});
