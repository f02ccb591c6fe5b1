import { expect } from 'chai';
import { Readable } from 'node:stream';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { type InProcessServer, testServer } from '../../../src/testing/projections/index.ts';

const BASE = '/apis/example.com/v1';
const ROWS = `${BASE}/namespaces/shop/rows`;

describe('subresources of a definition', () => {
  let server: InProcessServer;
  const received: string[] = [];
  before(() => {
    const pods = fakeInformer<V1Pod>(pod('shop/web', { node: 'n1' }));
    const rows = resource(
      {
        kind: 'Row',
        plural: 'rows',
        namespaced: true,
        subresources: {
          log: {
            GET: (ctx, { metadata, node }) => {
              ctx.type = 'text/plain';
              ctx.body = Readable.from([`${metadata.name} on ${node}\n`, 'and on\n']);
            },
          },
          poke: {
            POST: async (ctx) => {
              for await (const chunk of ctx.req) received.push(String(chunk));
              ctx.body = { poked: true };
            },
            GET: () => {
              throw new Error('a secret');
            },
          },
        },
      },
      pods.pipe(map((p) => ({ metadata: identity(p), node: p.spec?.nodeName }))),
    );
    const tasks = resource<{ metadata: { name: string } }>(
      {
        kind: 'Task',
        plural: 'tasks',
        namespaced: false,
        status: true,
        subresources: { name: { GET: (ctx, { metadata }) => (ctx.body = metadata.name) } },
      },
      memoryStore(),
    );
    server = testServer({ resources: [rows, tasks], log: { debug() {}, info() {}, warn() {}, error() {} } });
  });
  after(() => server.close());

  it('receive the object, and can stream their response', async () => {
    const response = await server.request(`${ROWS}/web/log`);
    expect([response.status, await response.text()]).to.deep.equal([200, 'web on n1\nand on\n']);
  });

  it('can read the body of a request', async () => {
    const response = await server.request(`${ROWS}/web/poke`, { method: 'POST', body: 'hard' });
    expect([response.status, received.join('')]).to.deep.equal([200, 'hard']);
  });

  it('work for custom resources, too', async () => {
    await server.request(`${BASE}/tasks`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Task', metadata: { name: 'a' } }),
    });
    expect(await (await server.request(`${BASE}/tasks/a/name`)).text()).to.equal('a');
  });

  for (const [what, method, path, status] of [
    ['a missing object', 'GET', `${ROWS}/db/log`, 404],
    ['a method without a handler', 'POST', `${ROWS}/web/log`, 405],
    ['an unknown subresource', 'GET', `${ROWS}/web/logs`, 404],
    ['a property name of JavaScript objects', 'GET', `${ROWS}/web/constructor`, 404],
    ['a path below it', 'GET', `${ROWS}/web/log/more`, 404],
    ['no namespace', 'GET', `${BASE}/rows/web/log`, 404],
    ['a handler that throws', 'GET', `${ROWS}/web/poke`, 500],
  ] as const) {
    it(`respond with a Status ${status} for ${what}`, async () => {
      const response = await server.request(path, { method });
      const body = (await response.json()) as { kind: string; code: number; message: string };
      expect([response.status, body.kind, body.code]).to.deep.equal([status, 'Status', status]);
      expect(body.message).to.not.contain('secret');
    });
  }

  it('are in discovery with their verbs', async () => {
    const { resources } = await server.json<{ resources: { name: string; verbs: string[] }[] }>(BASE);
    expect(resources.filter(({ name }) => name.includes('/')).map(({ name, verbs }) => [name, ...verbs])).to.deep.equal(
      [
        ['rows/explain', 'get'],
        ['rows/log', 'get'],
        ['rows/poke', 'create', 'get'],
        ['tasks/status', 'get', 'patch', 'update'],
        ['tasks/name', 'get'],
      ],
    );
  });

  for (const [subresources, message] of [
    [{ status: { GET: () => 1 } }, '"status" is reserved for the framework'],
    [{ Log: { GET: () => 1 } }, '"Log": a lowercase RFC 1123 label'],
    [{ log: {} }, '"log" needs at least one handler'],
    [{ log: { TRACE: () => 1 } }, '"log": TRACE must be one of'],
    [{ log: { GET: 5 } }, '"log": GET must be a function'],
  ] as const) {
    it(`are rejected in the definition: ${message}`, () => {
      const definition = { kind: 'Row', plural: 'rows', namespaced: true, subresources: subresources as object };
      expect(() => resource(definition as never, memoryStore())).to.throw(TypeError, message);
    });
  }
});
