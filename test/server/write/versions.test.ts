import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { apiServer } from '../../../src/server/api-server.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { type InProcessServer, testServer } from '../../../src/testing/projections/index.ts';

interface TaskV1 {
  readonly metadata: object;
  readonly spec: { readonly title: string };
}
interface TaskV2 {
  readonly metadata: object;
  readonly spec: { readonly name: { readonly short: string } };
}

const tasks = () => {
  const store = memoryStore();
  const common = { kind: 'Task', plural: 'tasks', namespaced: true } as const;
  const v1 = resource<TaskV1>(common, store);
  const v2 = resource<TaskV2>(
    {
      ...common,
      conversion: {
        storedVersion: 'v1',
        fromStored: ({ spec, metadata }) => ({ metadata, spec: { name: { short: (spec as TaskV1['spec']).title } } }),
        toStored: ({ spec, metadata }) => ({ metadata, spec: { title: spec.name.short } }),
      },
    },
    store,
  );
  return { v1, v2 };
};

const at = (version: string): string => `/apis/example.com/${version}/namespaces/default/tasks`;

describe('a server with several groups and versions', () => {
  let server: InProcessServer;
  const { v1, v2 } = tasks();
  before(() => {
    server = testServer({
      apis: [
        { group: 'example.com', version: 'v2', resources: [v2] },
        { group: 'example.com', version: 'v1', resources: [v1] },
        {
          group: 'other.example.com',
          version: 'v1beta1',
          resources: [resource({ kind: 'Other', plural: 'others', namespaced: false }, memoryStore())],
        },
      ],
    });
  });
  after(() => server.close());

  const send = async (method: string, path: string, body?: object, type = 'application/json') => {
    const response = await server.request(path, {
      method,
      headers: { 'Content-Type': type },
      body: JSON.stringify(body),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: response.status, body: (await response.json()) as any };
  };

  it('lists them in discovery, the preferred version first', async () => {
    const { body } = await send('GET', '/apis');
    expect(
      body.groups.map(({ name, preferredVersion, versions }: any) => [name, preferredVersion.version, versions.length]),
    ).to.deep.equal([
      ['example.com', 'v2', 2],
      ['other.example.com', 'v1beta1', 1],
    ]);
    expect((await send('GET', '/openapi/v3')).body.paths).to.have.keys(
      'apis/example.com/v2',
      'apis/example.com/v1',
      'apis/other.example.com/v1beta1',
    );
  });

  it('serves one object in all versions, converted to each', async () => {
    const created = await send('POST', at('v2'), {
      apiVersion: 'example.com/v2',
      kind: 'Task',
      metadata: { name: 'a' },
      spec: { name: { short: 'A' } },
    });
    expect([created.status, created.body.apiVersion, created.body.spec]).to.deep.equal([
      201,
      'example.com/v2',
      { name: { short: 'A' } },
    ]);
    const { body } = await send('GET', `${at('v1')}/a`);
    expect([body.apiVersion, body.spec, body.metadata.uid]).to.deep.equal([
      'example.com/v1',
      { title: 'A' },
      created.body.metadata.uid,
    ]);
  });

  it('accepts a resourceVersion that was read in one version in a write of another', async () => {
    const { body } = await send('GET', `${at('v1')}/a`);
    const put = await send('PUT', `${at('v1')}/a`, { ...body, spec: { title: 'B' } });
    expect([put.status, put.body.spec]).to.deep.equal([200, { title: 'B' }]);
    const current = await send('GET', `${at('v2')}/a`);
    expect(current.body.spec).to.deep.equal({ name: { short: 'B' } });
    const mixed = {
      ...current.body,
      spec: { name: { short: 'C' } },
      metadata: { ...current.body.metadata, resourceVersion: put.body.metadata.resourceVersion },
    };
    expect((await send('PUT', `${at('v2')}/a`, mixed)).status).to.equal(200);
    expect((await send('PUT', `${at('v2')}/a`, mixed)).status).to.equal(409);
  });

  it('applies a patch to the version of the request', async () => {
    const patched = await send(
      'PATCH',
      `${at('v2')}/a`,
      { spec: { name: { short: 'D' } } },
      'application/merge-patch+json',
    );
    expect([patched.status, patched.body.spec]).to.deep.equal([200, { name: { short: 'D' } }]);
    expect((await send('GET', `${at('v1')}/a`)).body.spec).to.deep.equal({ title: 'D' });
  });

  for (const [what, also, message] of [
    [
      'a version that is there twice',
      [{ group: 'example.com', version: 'v1', resources: [v1] }],
      'apis: example.com/v1 is defined twice',
    ],
    [
      'a resource of two scopes',
      [
        {
          group: 'example.com',
          version: 'v2',
          resources: [resource({ kind: 'Task', plural: 'tasks', namespaced: false }, memoryStore())],
        },
      ],
      'tasks.example.com is namespaced in one version and cluster-scoped in another',
    ],
    [
      'a version with a bad name',
      [{ group: 'example.com', version: '2', resources: [v2] }],
      'version "2" must be like v1, v1beta1 or v1alpha1',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const make = (): unknown =>
        apiServer({
          apis: [{ group: 'example.com', version: 'v1', resources: [v1] }, ...also],
          authentication: 'insecure-dev',
        });
      expect(make).to.throw(ServerDefinitionError, message);
    });
  }
});
