/**
 * The kinds of objects that an installation consists of, in the order in which they are deleted.
 * @module
 */

/** A kind of objects in the cluster. */
export interface ObjectKind {
  readonly kind: string;
  /** The path of the group version: `/apis/apps/v1`. */
  readonly root: string;
  readonly plural: string;
  /** Where the objects of an installation are: beside namespaces, in the namespace of the server, or in any namespace. */
  readonly scope: 'cluster' | 'namespace' | 'everywhere';
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** APIServices are deleted before everything else. */
export const API_SERVICE: ObjectKind = {
  kind: 'APIService',
  root: '/apis/apiregistration.k8s.io/v1',
  plural: 'apiservices',
  scope: 'cluster',
};

/** The claims for volumes with the objects of stores. */
export const CLAIM: ObjectKind = {
  kind: 'PersistentVolumeClaim',
  root: '/api/v1',
  plural: 'persistentvolumeclaims',
  scope: 'namespace',
};

/** The pods of the server end with the Deployment. A running server would create some of the objects after it again. */
export const DEPLOYMENT: ObjectKind = {
  kind: 'Deployment',
  root: '/apis/apps/v1',
  plural: 'deployments',
  scope: 'namespace',
};

/** The kinds that are deleted after the APIServices, in this order. A cluster may not have all of them. */
export const INSTALLED_KINDS: readonly ObjectKind[] = [
  {
    kind: 'ServiceMonitor',
    root: '/apis/monitoring.coreos.com/v1',
    plural: 'servicemonitors',
    scope: 'namespace',
  },
  { kind: 'PodDisruptionBudget', root: '/apis/policy/v1', plural: 'poddisruptionbudgets', scope: 'namespace' },
  DEPLOYMENT,
  { kind: 'Service', root: '/api/v1', plural: 'services', scope: 'namespace' },
  { kind: 'Certificate', root: '/apis/cert-manager.io/v1', plural: 'certificates', scope: 'namespace' },
  { kind: 'Issuer', root: '/apis/cert-manager.io/v1', plural: 'issuers', scope: 'namespace' },
  { kind: 'Lease', root: '/apis/coordination.k8s.io/v1', plural: 'leases', scope: 'namespace' },
  { kind: 'ConfigMap', root: '/api/v1', plural: 'configmaps', scope: 'namespace' },
  { kind: 'Secret', root: '/api/v1', plural: 'secrets', scope: 'namespace' },
  CLAIM,
  { kind: 'RoleBinding', root: RBAC, plural: 'rolebindings', scope: 'everywhere' },
  { kind: 'Role', root: RBAC, plural: 'roles', scope: 'everywhere' },
  { kind: 'ClusterRoleBinding', root: RBAC, plural: 'clusterrolebindings', scope: 'cluster' },
  { kind: 'ClusterRole', root: RBAC, plural: 'clusterroles', scope: 'cluster' },
  { kind: 'ServiceAccount', root: '/api/v1', plural: 'serviceaccounts', scope: 'namespace' },
];

/** The namespace of the server is deleted last. */
export const NAMESPACE: ObjectKind = { kind: 'Namespace', root: '/api/v1', plural: 'namespaces', scope: 'cluster' };
