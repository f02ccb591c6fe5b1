/** Objects that tests of permissions apply: namespaces, sources of rows, and roles with their users. */

const RBAC = 'rbac.authorization.k8s.io';

/** A rule, with the verbs of a reader by default. */
export interface GrantedRule {
  readonly group?: string;
  readonly resource: string;
  readonly verbs?: readonly string[];
}

export function namespaceNamed(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function configMap(namespace: string, name: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } };
}

/** Returns a role with one rule and its binding, both with the same name: in a namespace, or in all of them. */
export function grant(
  name: string,
  users: readonly string[],
  { group = '', resource, verbs = ['get', 'list', 'watch'] }: GrantedRule,
  namespace?: string,
): object[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, namespace };
  const apiVersion = `${RBAC}/v1`;
  return [
    { apiVersion, kind, metadata, rules: [{ apiGroups: [group], resources: [resource], verbs }] },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind, name },
      subjects: users.map((user) => ({ apiGroup: RBAC, kind: 'User', name: user })),
    },
  ];
}
