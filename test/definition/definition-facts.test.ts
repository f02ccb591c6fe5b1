import { expect } from 'chai';
import { demoResources } from '../../examples/demo-resources.ts';
import { type DefinitionFacts, factsOf } from '../../src/definition/definition-facts.ts';
import { definitionParts, type DefinitionContext, kubefacet } from '../../src/definition/definition.ts';
import { filter, identity, leftJoin, map } from '../../src/projections/index.ts';
import { type RawEndpoint, rawEndpoint, type Resource, resource } from '../../src/server/index.ts';
import { memoryStore, sqliteStore } from '../../src/stores/index.ts';

type Informers = DefinitionContext['informers'];
type Items = readonly (Resource | RawEndpoint)[];

const facts = (items: (informers: Informers) => Items, namespaces?: readonly string[]): Promise<DefinitionFacts> => {
  const definition = kubefacet(({ informers }) => ({
    apis: [{ group: 'example.com', version: 'v1', resources: items(informers) }],
  }));
  return factsOf(definitionParts(definition), namespaces);
};

const names = { kind: 'Row', plural: 'rows', namespaced: true } as const;
const rowsOf = ({ pods }: Informers): Resource =>
  resource(names, pods.pipe(map((pod) => ({ metadata: identity(pod) }))));
const rule = (resources: string, more: object = {}): object => ({
  group: '',
  resources: [resources],
  verbs: ['list', 'watch'],
  resourceNames: undefined,
  namespaces: undefined,
  ...more,
});

describe('factsOf()', () => {
  it('finds the sources of all steps, and ignores informers that nothing reads', async () => {
    const { access } = await facts((informers) => {
      expect(informers.secrets.name).to.equal('secrets');
      const joined = informers.pods.pipe(
        filter((pod) => pod.status?.phase === 'Running'),
        leftJoin(
          informers.nodes,
          (pod) => pod.spec?.nodeName,
          (pod, node) => ({ metadata: identity(pod), zone: node?.metadata?.name ?? 'none' }),
        ),
      );
      return [resource(names, joined)];
    });
    expect(access).to.have.deep.members([rule('pods'), rule('nodes')]);
  });

  it("grant the roles and bindings of the cluster only if a resource has authorize: 'rows'", async () => {
    const roles = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];
    const all = { plural: 'things', kind: 'Thing', namespaced: true } as const;
    for (const [authorize, expected] of [
      ['rows', ['pods', ...roles]],
      ['source', ['pods']],
    ] as const) {
      const { access } = await facts(({ pods }) => [resource({ ...all, authorize }, pods)]);
      expect(access.flatMap(({ resources }) => resources)).to.have.members(expected);
      for (const { verbs } of access) expect(verbs).to.deep.equal(['list', 'watch']);
    }
  });

  it('finds the sources of the demo', async () => {
    const { access } = await facts((informers) => demoResources(informers));
    expect(access.map(({ group, resources }) => `${resources.join(',')}.${group}`)).to.have.members([
      'pods.',
      'nodes.',
      'namespaces.',
      'deployments.apps',
      'replicasets.apps',
      'statefulsets.apps',
      'daemonsets.apps',
    ]);
  });

  it('separates namespaces, names of objects, and sources that are polled', async () => {
    const { access } = await facts(
      (informers) => {
        const one = informers.of(
          { group: '', version: 'v1', resource: 'configmaps' },
          { fieldSelector: 'metadata.name=settings' },
        );
        const polled = informers.of(
          { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'nodes' },
          { namespaced: false, pollInterval: 10_000 },
        );
        const other = { ...names, kind: 'Other', plural: 'others' };
        return [resource(names, one), resource({ ...other, namespaced: false }, polled)];
      },
      ['shop', 'bank'],
    );
    expect(access).to.have.deep.members([
      rule('configmaps', { namespaces: ['bank'], resourceNames: ['settings'] }),
      rule('configmaps', { namespaces: ['shop'], resourceNames: ['settings'] }),
      rule('nodes', { group: 'metrics.k8s.io', verbs: ['list'] }),
    ]);
  });

  it('contains the needs of handlers and raw endpoints', async () => {
    const log = { group: '', resources: ['pods/log'], verbs: ['get'] };
    const { access } = await facts(({ services, nodes, transport }) => [
      resource({ ...names, namespaced: false, needs: [services] }, { list: () => [] }),
      rawEndpoint({ path: '/log', paths: { '': { GET: () => transport.get('/version') } }, needs: [nodes, log] }),
    ]);
    expect(access).to.have.deep.members([rule('services'), rule('nodes'), log]);
  });

  it('contains the namespaces if custom resources are namespaced', async () => {
    const { access, singleProcess, storeFiles } = await facts(() => [resource(names, memoryStore())]);
    expect(storeFiles).to.deep.equal([]);
    expect(access).to.deep.equal([rule('namespaces')]);
    expect(singleProcess).to.deep.equal(['rows.example.com']);
    const clusterScoped = await facts(() => [resource({ ...names, namespaced: false }, memoryStore())]);
    expect(clusterScoped.access).to.deep.equal([]);
  });

  it('names the file of a store, and does not open it', async () => {
    const path = '/none/tasks.db';
    expect((await facts(() => [resource(names, sqliteStore({ path }))])).storeFiles).to.deep.equal([path]);
  });

  it('calls no handler', async () => {
    const handlers = {
      list: (): never => {
        throw new Error('a handler was called');
      },
    };
    expect((await facts(() => [resource(names, handlers)])).singleProcess).to.deep.equal([]);
  });

  it('knows whether a projection writes', async () => {
    const written = ({ pods }: Informers): Resource =>
      resource(
        { ...names, write: { delete: () => ({ delete: true }) } },
        pods.pipe(map((pod) => ({ metadata: identity(pod) }))),
      );
    expect((await facts((informers) => [rowsOf(informers)])).impersonates).to.equal(false);
    expect((await facts((informers) => [written(informers)])).impersonates).to.equal(true);
  });

  it('knows whether positions are valid on one replica only', async () => {
    expect((await facts((informers) => [rowsOf(informers)])).hasLocalViews).to.equal(false);
    expect((await facts((informers) => demoResources(informers))).hasLocalViews).to.equal(true);
    expect((await facts(() => [resource(names, { list: () => [] })])).hasLocalViews).to.equal(true);
    expect((await facts(() => [resource(names, memoryStore())])).hasLocalViews).to.equal(false);
  });

  it('reports invalid APIs like the server', async () => {
    const error: unknown = await facts(() => []).catch((caught: unknown) => caught);
    expect((error as Error).message).to.contain('example.com/v1 has no resources');
  });
});
