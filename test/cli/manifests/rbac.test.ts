import { expect } from 'chai';
import { rbacObjects } from '../../../src/cli/manifests/rbac.ts';
import type { DefinitionFacts } from '../../../src/definition/definition-facts.ts';
import type { V1ClusterRole } from '../../../src/informers/index.ts';
import { identity, map } from '../../../src/projections/index.ts';
import { rawEndpoint, resource } from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { deployedWith, factsAbout } from './deployed.ts';

const ACCESS = { group: '', resources: ['pods'], verbs: ['list', 'watch'] };
const FACTS: DefinitionFacts = {
  apis: [],
  sources: [],
  access: [],
  impersonates: false,
  hasLocalViews: false,
  singleProcess: [],
  storeFiles: [],
};

/** Returns the roles and bindings by `kind namespace/name`. */
const objectsOf = (
  facts: Partial<DefinitionFacts>,
  groups: readonly string[] = [],
  tls: 'secret' | 'self-made' = 'secret',
) =>
  new Map(
    rbacObjects({ ...FACTS, ...facts }, deployedWith({ impersonateGroups: groups, tls })).map((object) => {
      const { namespace, name } = object.metadata ?? {};
      return [`${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, object];
    }),
  );
const rulesOf = (object: V1ClusterRole | undefined): V1ClusterRole['rules'] => object?.rules;

describe('rbacObjects()', () => {
  it('always delegates authentication and authorization, and nothing else without sources', () => {
    const objects = objectsOf({});
    expect([...objects.keys()]).to.deep.equal([
      'ClusterRoleBinding mine-auth-delegator',
      'RoleBinding kube-system/mine-authentication-reader',
    ]);
    expect(objects.get('ClusterRoleBinding mine-auth-delegator')).to.deep.include({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'mine', namespace: 'apps' }],
    });
    expect(objects.get('RoleBinding kube-system/mine-authentication-reader')).to.deep.include({
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Role',
        name: 'extension-apiserver-authentication-reader',
      },
    });
  });

  it('restricts the rights for a self-made certificate to names, except create, in the namespace of the server', async () => {
    const endpoint = rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } } });
    const { apis } = await factsAbout(() => ({
      apis: [
        { group: 'a.example', version: 'v1', resources: [endpoint] },
        { group: 'b.example', version: 'v2', resources: [endpoint] },
      ],
    }));
    const objects = objectsOf({ apis }, [], 'self-made');
    expect(rulesOf(objects.get('Role apps/mine-certificate'))).to.deep.equal([
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'update'], resourceNames: ['mine-ca'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['get', 'update'],
        resourceNames: ['mine-ca'],
      },
    ]);
    expect(rulesOf(objects.get('ClusterRole mine-certificate'))).to.deep.equal([
      {
        apiGroups: ['apiregistration.k8s.io'],
        resources: ['apiservices'],
        verbs: ['get', 'patch'],
        resourceNames: ['v1.a.example', 'v2.b.example'],
      },
    ]);
    expect(objects.has('RoleBinding apps/mine-certificate')).to.equal(true);
    expect(objects.has('ClusterRoleBinding mine-certificate')).to.equal(true);
    expect([...objectsOf({ apis }).keys()].filter((key) => key.includes('certificate'))).to.deep.equal([]);
  });

  it('merges the resources of a group with equal verbs and names, in any order of the sources', () => {
    const access = [
      { ...ACCESS, resources: ['nodes'] },
      ACCESS,
      ACCESS,
      { group: 'apps', resources: ['deployments'], verbs: ['watch', 'list'] },
      { ...ACCESS, resources: ['configmaps'], resourceNames: ['settings'] },
      { group: 'metrics.k8s.io', resources: ['nodes'], verbs: ['list'] },
    ];
    for (const order of [access, access.toReversed()]) {
      expect(rulesOf(objectsOf({ access: order }).get('ClusterRole mine-sources'))).to.deep.equal([
        { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'], resourceNames: ['settings'] },
        { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list', 'watch'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'watch'] },
        { apiGroups: ['metrics.k8s.io'], resources: ['nodes'], verbs: ['list'] },
      ]);
    }
  });

  it('grants rights in namespaces in these namespaces only', () => {
    const objects = objectsOf({
      access: [
        { ...ACCESS, namespaces: ['shop'] },
        { ...ACCESS, namespaces: ['bank'] },
      ],
    });
    expect([...objects.keys()].filter((key) => key.includes('sources'))).to.deep.equal([
      'Role bank/mine-sources',
      'RoleBinding bank/mine-sources',
      'Role shop/mine-sources',
      'RoleBinding shop/mine-sources',
    ]);
  });

  it('grants impersonation only for projections that write, and groups only by name', () => {
    const verbs = ['impersonate'];
    const users = { apiGroups: [''], resources: ['users', 'serviceaccounts'], verbs };
    const role = 'ClusterRole mine-impersonate';
    expect(objectsOf({}).has(role)).to.equal(false);
    expect(
      rulesOf(objectsOf({ impersonates: true }).get(role))?.filter(({ apiGroups }) => apiGroups?.[0] === ''),
    ).to.deep.equal([users]);
    expect(rulesOf(objectsOf({ impersonates: true }, ['developers']).get(role))).to.deep.include({
      apiGroups: [''],
      resources: ['groups'],
      resourceNames: ['developers'],
      verbs,
    });
  });

  it('adds the resources to the roles of users: reads to view, writes to edit, and raw endpoints to none', async () => {
    const names = { kind: 'Row', plural: 'rows', namespaced: true } as const;
    const noop = (): void => undefined;
    const facts = await factsAbout(({ informers }) => ({
      apis: [
        {
          group: 'example.com',
          version: 'v1',
          resources: [
            resource(
              { ...names, subresources: { log: { GET: noop }, exec: { GET: noop, POST: noop } } },
              informers.pods.pipe(map((pod) => ({ metadata: identity(pod) }))),
            ),
            resource({ ...names, kind: 'Task', plural: 'tasks', status: true }, memoryStore()),
            rawEndpoint({ path: '/whoami', paths: { '': { GET: noop } } }),
          ],
        },
      ],
    }));
    const objects = objectsOf(facts);
    const [view, edit] = ['view', 'edit'].map((role) => objects.get(`ClusterRole mine-${role}`));
    expect(view?.metadata?.labels).to.include({ 'rbac.authorization.k8s.io/aggregate-to-view': 'true' });
    expect(edit?.metadata?.labels).to.include({ 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' });
    const apiGroups = ['example.com'];
    expect(rulesOf(view)).to.have.deep.members([
      { apiGroups, resources: ['rows', 'tasks'], verbs: ['get', 'list', 'watch'] },
      { apiGroups, resources: ['rows/explain', 'rows/log', 'tasks/status'], verbs: ['get'] },
    ]);
    expect(rulesOf(edit)).to.have.deep.members([
      { apiGroups, resources: ['tasks'], verbs: ['create', 'delete', 'deletecollection', 'patch', 'update'] },
      { apiGroups, resources: ['tasks/status'], verbs: ['patch', 'update'] },
      { apiGroups, resources: ['rows/exec'], verbs: ['create', 'get'] },
    ]);
  });
});
