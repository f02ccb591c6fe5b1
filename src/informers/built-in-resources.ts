/**
 * The resources that every cluster has, with their types. The informer factory has a getter for each.
 * @module
 */
import type { SourceVersions } from './collection/source-collection.ts';
import type { GroupVersionResource } from './kube-list-watch.ts';
import type * as wire from './wire-type.ts';

/** The type of the objects of each getter. */
export interface BuiltInTypes {
  pods: wire.V1Pod;
  nodes: wire.V1Node;
  namespaces: wire.V1Namespace;
  services: wire.V1Service;
  configMaps: wire.V1ConfigMap;
  secrets: wire.V1Secret;
  /** `events` of the core group. One revision may delete several of them. */
  events: wire.V1Event;
  endpoints: wire.V1Endpoints;
  serviceAccounts: wire.V1ServiceAccount;
  persistentVolumes: wire.V1PersistentVolume;
  persistentVolumeClaims: wire.V1PersistentVolumeClaim;
  replicationControllers: wire.V1ReplicationController;
  resourceQuotas: wire.V1ResourceQuota;
  limitRanges: wire.V1LimitRange;
  deployments: wire.V1Deployment;
  replicaSets: wire.V1ReplicaSet;
  statefulSets: wire.V1StatefulSet;
  daemonSets: wire.V1DaemonSet;
  controllerRevisions: wire.V1ControllerRevision;
  jobs: wire.V1Job;
  cronJobs: wire.V1CronJob;
  horizontalPodAutoscalers: wire.V2HorizontalPodAutoscaler;
  podDisruptionBudgets: wire.V1PodDisruptionBudget;
  ingresses: wire.V1Ingress;
  ingressClasses: wire.V1IngressClass;
  networkPolicies: wire.V1NetworkPolicy;
  endpointSlices: wire.V1EndpointSlice;
  leases: wire.V1Lease;
  storageClasses: wire.V1StorageClass;
  volumeAttachments: wire.V1VolumeAttachment;
  priorityClasses: wire.V1PriorityClass;
  roles: wire.V1Role;
  roleBindings: wire.V1RoleBinding;
  clusterRoles: wire.V1ClusterRole;
  clusterRoleBindings: wire.V1ClusterRoleBinding;
  customResourceDefinitions: wire.V1CustomResourceDefinition;
  apiServices: wire.V1APIService;
}

/** A resource that every cluster has. */
export interface BuiltInResource extends GroupVersionResource {
  readonly namespaced: boolean;
}

const resource = (group: string, version: string, resource: string, namespaced: boolean): BuiltInResource => ({
  group,
  version,
  resource,
  namespaced,
});

/** The resource of each getter. */
export const BUILT_IN_RESOURCES: { readonly [Name in keyof BuiltInTypes]: BuiltInResource } = {
  pods: resource('', 'v1', 'pods', true),
  nodes: resource('', 'v1', 'nodes', false),
  namespaces: resource('', 'v1', 'namespaces', false),
  services: resource('', 'v1', 'services', true),
  configMaps: resource('', 'v1', 'configmaps', true),
  secrets: resource('', 'v1', 'secrets', true),
  events: resource('', 'v1', 'events', true),
  endpoints: resource('', 'v1', 'endpoints', true),
  serviceAccounts: resource('', 'v1', 'serviceaccounts', true),
  persistentVolumes: resource('', 'v1', 'persistentvolumes', false),
  persistentVolumeClaims: resource('', 'v1', 'persistentvolumeclaims', true),
  replicationControllers: resource('', 'v1', 'replicationcontrollers', true),
  resourceQuotas: resource('', 'v1', 'resourcequotas', true),
  limitRanges: resource('', 'v1', 'limitranges', true),
  deployments: resource('apps', 'v1', 'deployments', true),
  replicaSets: resource('apps', 'v1', 'replicasets', true),
  statefulSets: resource('apps', 'v1', 'statefulsets', true),
  daemonSets: resource('apps', 'v1', 'daemonsets', true),
  controllerRevisions: resource('apps', 'v1', 'controllerrevisions', true),
  jobs: resource('batch', 'v1', 'jobs', true),
  cronJobs: resource('batch', 'v1', 'cronjobs', true),
  horizontalPodAutoscalers: resource('autoscaling', 'v2', 'horizontalpodautoscalers', true),
  podDisruptionBudgets: resource('policy', 'v1', 'poddisruptionbudgets', true),
  ingresses: resource('networking.k8s.io', 'v1', 'ingresses', true),
  ingressClasses: resource('networking.k8s.io', 'v1', 'ingressclasses', false),
  networkPolicies: resource('networking.k8s.io', 'v1', 'networkpolicies', true),
  endpointSlices: resource('discovery.k8s.io', 'v1', 'endpointslices', true),
  leases: resource('coordination.k8s.io', 'v1', 'leases', true),
  storageClasses: resource('storage.k8s.io', 'v1', 'storageclasses', false),
  volumeAttachments: resource('storage.k8s.io', 'v1', 'volumeattachments', false),
  priorityClasses: resource('scheduling.k8s.io', 'v1', 'priorityclasses', false),
  roles: resource('rbac.authorization.k8s.io', 'v1', 'roles', true),
  roleBindings: resource('rbac.authorization.k8s.io', 'v1', 'rolebindings', true),
  clusterRoles: resource('rbac.authorization.k8s.io', 'v1', 'clusterroles', false),
  clusterRoleBindings: resource('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', false),
  customResourceDefinitions: resource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', false),
  apiServices: resource('apiregistration.k8s.io', 'v1', 'apiservices', false),
};

/** Returns whether a resource that every cluster has is namespaced; undefined for other resources. */
export function isNamespaced(group: string, plural: string): boolean | undefined {
  return Object.values(BUILT_IN_RESOURCES).find((known) => known.group === group && known.resource === plural)
    ?.namespaced;
}

/** Returns the kind of versions that a resource has in every cluster. */
export function knownVersions({ group, resource: plural }: GroupVersionResource): SourceVersions {
  // Many events share a lease. When it ends, one revision deletes all of them.
  if (plural === 'events' && (group === '' || group === 'events.k8s.io')) return 'repeated';
  // Metrics are measured at each request, so their lists carry no version.
  if (group === 'metrics.k8s.io' || group === 'custom.metrics.k8s.io' || group === 'external.metrics.k8s.io')
    return 'none';
  return 'unique';
}
