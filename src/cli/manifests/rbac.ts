/**
 * The permissions of a server, exactly those that its definition needs, and the roles for users of its resources.
 * @module
 */
import type { DefinitionFacts } from '../../definition/definition-facts.ts';
import type { V1ClusterRole, V1ClusterRoleBinding, V1Role, V1RoleBinding } from '../../informers/index.ts';
import type { AccessRule } from '../../server/index.ts';
import { caNameOf } from '../self-made/self-made-certificate.ts';
import { type Deployed, labelsOf } from './manifest-options.ts';

/** A rule of a role. */
type Rule = NonNullable<V1ClusterRole['rules']>[number];

/** An object of RBAC. */
export type RbacObject = V1ClusterRole | V1ClusterRoleBinding | V1Role | V1RoleBinding;

const RBAC = 'rbac.authorization.k8s.io';
const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
/**
 * The subresources that readers of a resource may read, as for pods; `explain` shows only what they may read anyway. Others can have effects,
 * like `exec`.
 */
const READABLE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'scale', 'log', 'explain']);
/** The extra attributes that client certificates and tokens of ServiceAccounts have. */
const USER_EXTRAS = ['credential-id', 'node-name', 'node-uid', 'pod-name', 'pod-uid'];

/** Returns the roles and bindings of a server and of its users. */
export function rbacObjects(facts: DefinitionFacts, deployed: Deployed): RbacObject[] {
  return [
    ...delegation(deployed),
    ...(deployed.tls === 'self-made' ? selfMadeCertificate(facts, deployed) : []),
    ...sourceRoles(facts.access, deployed),
    ...(facts.impersonates ? impersonation(deployed) : []),
    ...userRoles(facts, deployed),
  ];
}

/** The rights to authenticate and authorize callers with the help of the cluster. */
function delegation(deployed: Deployed): RbacObject[] {
  const { name } = deployed;
  return [
    clusterRoleBinding(deployed, `${name}-auth-delegator`, 'system:auth-delegator'),
    roleBinding(deployed, `${name}-authentication-reader`, 'kube-system', 'extension-apiserver-authentication-reader'),
  ];
}

/**
 * The rights of a server that makes its certificate: its own Secret, Lease and APIServices. RBAC cannot restrict `create` to names, so that
 * right is for the namespace of the server only.
 */
function selfMadeCertificate({ apis }: DefinitionFacts, deployed: Deployed): RbacObject[] {
  const { namespace } = deployed;
  const [name, own] = [`${deployed.name}-certificate`, [caNameOf(deployed)]];
  const metadata = { name, labels: labelsOf(deployed) };
  const rule = (group: string, resources: string, verbs: string[], resourceNames?: string[]): Rule => ({
    apiGroups: [group],
    resources: [resources],
    verbs,
    ...(resourceNames !== undefined && { resourceNames }),
  });
  const inNamespace = [
    rule('', 'secrets', ['create']),
    rule('', 'secrets', ['get', 'update'], own),
    rule('coordination.k8s.io', 'leases', ['create']),
    rule('coordination.k8s.io', 'leases', ['get', 'update'], own),
  ];
  const names = apis.map(({ group, version }) => `${version}.${group}`);
  const inCluster = [rule('apiregistration.k8s.io', 'apiservices', ['get', 'patch'], names)];
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { ...metadata, namespace }, rules: inNamespace },
    roleBinding(deployed, name, namespace, name),
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules: inCluster },
    clusterRoleBinding(deployed, name, name),
  ];
}

/** A role for all namespaces, and one in each namespace for the rules that name it. */
function sourceRoles(access: readonly AccessRule[], deployed: Deployed): RbacObject[] {
  const name = `${deployed.name}-sources`;
  const labels = labelsOf(deployed);
  const everywhere = rulesOf(access.filter(({ namespaces }) => namespaces === undefined));
  const namespaces = new Set(access.flatMap((rule) => rule.namespaces ?? []));
  const cluster: RbacObject[] =
    everywhere.length === 0
      ? []
      : [
          { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules: everywhere },
          clusterRoleBinding(deployed, name, name),
        ];
  const inNamespaces = Array.from(namespaces)
    .sort()
    .flatMap((namespace): RbacObject[] => {
      const rules = rulesOf(access.filter((rule) => rule.namespaces?.includes(namespace) === true));
      const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name, namespace, labels }, rules };
      return [role, roleBinding(deployed, name, namespace, name)];
    });
  return [...cluster, ...inNamespaces];
}

/** Returns one rule for the resources of a group that have equal verbs and names, in a stable order. */
function rulesOf(access: readonly AccessRule[]): Rule[] {
  const rules = Map.groupBy(access, ({ group, verbs, resourceNames }) =>
    JSON.stringify([group, verbs.toSorted(), resourceNames?.toSorted()]),
  );
  return Array.from(rules)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, same]): Rule => {
      const [group, verbs, resourceNames] = JSON.parse(key) as [string, string[], string[] | null];
      const resources = unique(same.flatMap((rule) => rule.resources));
      return { apiGroups: [group], resources, verbs, ...(resourceNames !== null && { resourceNames }) };
    });
}

/** The rights to write to sources in the name of users. Without groups, it can act for users of `system:authenticated` only. */
function impersonation(deployed: Deployed): RbacObject[] {
  const name = `${deployed.name}-impersonate`;
  const groups = deployed.impersonateGroups;
  const verbs = ['impersonate'];
  const extras = USER_EXTRAS.map((extra) => `userextras/authentication.kubernetes.io/${extra}`);
  const rules: Rule[] = [
    { apiGroups: [''], resources: ['users', 'serviceaccounts'], verbs },
    ...(groups.length === 0 ? [] : [{ apiGroups: [''], resources: ['groups'], resourceNames: groups, verbs }]),
    { apiGroups: ['authentication.k8s.io'], resources: ['uids', ...extras], verbs },
  ];
  const metadata = { name, labels: labelsOf(deployed) };
  return [{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules }, clusterRoleBinding(deployed, name, name)];
}

/** The roles that add the resources to the roles view, edit and admin of the cluster. Raw endpoints are not in them. */
function userRoles({ apis }: DefinitionFacts, deployed: Deployed): RbacObject[] {
  const access = { view: [] as AccessRule[], edit: [] as AccessRule[] };
  for (const { group, resources } of apis) {
    for (const item of resources) {
      if (item.type === 'raw') continue;
      const { name, verbs, subresources = [] } = item.discovery;
      access.view.push({ group, resources: [name], verbs: verbs.filter((verb) => READ_VERBS.has(verb)) });
      access.edit.push({ group, resources: [name], verbs: verbs.filter((verb) => !READ_VERBS.has(verb)) });
      for (const subresource of subresources) {
        const isReadable = (verb: string): boolean =>
          READ_VERBS.has(verb) && READABLE_SUBRESOURCES.has(subresource.name);
        const path = [`${name}/${subresource.name}`];
        access.view.push({ group, resources: path, verbs: subresource.verbs.filter(isReadable) });
        access.edit.push({ group, resources: path, verbs: subresource.verbs.filter((verb) => !isReadable(verb)) });
      }
    }
  }
  return (['view', 'edit'] as const).flatMap((role): RbacObject[] => {
    const rules = rulesOf(access[role].filter(({ verbs }) => verbs.length > 0));
    if (rules.length === 0) return [];
    const labels = { ...labelsOf(deployed), [`${RBAC}/aggregate-to-${role}`]: 'true' };
    // Admins have the rights of editors: admin aggregates edit.
    const metadata = { name: `${deployed.name}-${role}`, labels };
    return [{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules }];
  });
}

function clusterRoleBinding(deployed: Deployed, name: string, role: string): V1ClusterRoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: labelsOf(deployed) },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: subjectsOf(deployed),
  };
}

function roleBinding(deployed: Deployed, name: string, namespace: string, role: string): V1RoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace, labels: labelsOf(deployed) },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: role },
    subjects: subjectsOf(deployed),
  };
}

function subjectsOf({ name, namespace }: Deployed): NonNullable<V1RoleBinding['subjects']> {
  return [{ kind: 'ServiceAccount', name, namespace }];
}

function unique(texts: readonly string[]): string[] {
  return Array.from(new Set(texts)).sort();
}
