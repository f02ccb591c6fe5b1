import {
  cronJobDefaults,
  jobDefaults,
  pendingDefaults,
  podDefaults,
  secretDefaults,
  serviceDefaults,
  workloadDefaults,
} from './client-defaults.ts';
import { endpointSliceColumns, endpointsColumns, ingressColumns, networkPolicyColumns, serviceColumns } from './columns/network-columns.ts';
import { nodeColumns } from './columns/node-columns.ts';
import {
  apiServiceColumns,
  configMapColumns,
  eventColumns,
  leaseColumns,
  namespaceColumns,
  persistentVolumeClaimColumns,
  persistentVolumeColumns,
  roleBindingColumns,
  roleColumns,
  secretColumns,
  serviceAccountColumns,
  storageClassColumns,
} from './columns/other-columns.ts';
import { podColumns } from './columns/pod-columns.ts';
import {
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  statefulSetColumns,
} from './columns/workload-columns.ts';
import { at } from './json-path.ts';
import type { ResourceKind, SelectableFields } from './resource-kind.ts';
import type { StoredObject } from './stored-object.ts';
import { binding, eviction, scale } from './subresources.ts';

/** Selectable fields that are read at the path of the same name. */
const fields = (...names: readonly string[]): SelectableFields =>
  Object.fromEntries(names.map((name) => [name, (object: StoredObject) => at(object, ...name.split('.'))]));

const ALL = ['all'] as const;

const core = (kind: Omit<ResourceKind, 'group' | 'version'>): ResourceKind => ({
  builtIn: true,
  unconditionalUpdate: true,
  ...kind,
  group: '',
  version: 'v1',
});
const inGroup = (group: string) => (kind: Omit<ResourceKind, 'group' | 'version'>): ResourceKind => ({
  builtIn: true,
  unconditionalUpdate: true,
  ...kind,
  group,
  version: 'v1',
});
const apps = inGroup('apps');
const batch = inGroup('batch');
const networking = inGroup('networking.k8s.io');
const rbac = inGroup('rbac.authorization.k8s.io');

/** Kinds without a status and without a counted spec. */
const plain = { statusSubresource: false, generation: false } as const;

const podFields: SelectableFields = {
  ...fields('spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'),
  'spec.hostNetwork': (pod) => at(pod, 'spec', 'hostNetwork') ?? false,
  ...fields('status.phase', 'status.podIP', 'status.nominatedNodeName'),
};

const eventFields: SelectableFields = {
  ...fields('involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid', 'involvedObject.apiVersion'),
  ...fields('involvedObject.resourceVersion', 'involvedObject.fieldPath', 'reason', 'reportingComponent', 'type'),
  source: (event) => at(event, 'source', 'component') ?? at(event, 'reportingComponent'),
};

/** The core group. */
const coreGroup: readonly ResourceKind[] = [
  core({ plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'], columns: configMapColumns, ...plain }),
  core({ plural: 'endpoints', singular: 'endpoints', kind: 'Endpoints', shortNames: ['ep'], columns: endpointsColumns, createOnUpdate: true, ...plain }),
  core({ plural: 'events', kind: 'Event', shortNames: ['ev'], columns: eventColumns, selectableFields: eventFields, createOnUpdate: true, ...plain }),
  core({ plural: 'limitranges', kind: 'LimitRange', shortNames: ['limits'], ...plain }),
  core({
    plural: 'namespaces',
    returnsDeleted: true,
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    names: 'label',
    generation: false,
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    selectableFields: fields('status.phase'),
    columns: namespaceColumns,
  }),
  core({
    plural: 'nodes',
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    generation: false,
    keepsStatusOnCreate: true,
    selectableFields: { 'spec.unschedulable': (node) => at(node, 'spec', 'unschedulable') ?? false },
    columns: nodeColumns,
  }),
  core({
    plural: 'persistentvolumeclaims',
    returnsDeleted: true,
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    generation: false,
    columns: persistentVolumeClaimColumns,
    defaults: pendingDefaults,
  }),
  core({
    plural: 'persistentvolumes',
    returnsDeleted: true,
    kind: 'PersistentVolume',
    namespaced: false,
    shortNames: ['pv'],
    generation: false,
    columns: persistentVolumeColumns,
    defaults: pendingDefaults,
  }),
  core({
    plural: 'pods',
    returnsDeleted: true,
    kind: 'Pod',
    shortNames: ['po'],
    categories: ALL,
    selectableFields: podFields,
    columns: podColumns,
    defaults: podDefaults,
    subresources: { binding, eviction },
  }),
  core({
    plural: 'replicationcontrollers',
    kind: 'ReplicationController',
    shortNames: ['rc'],
    categories: ALL,
    selectableFields: { 'status.replicas': (object) => at(object, 'status', 'replicas') ?? 0 },
    columns: replicaSetColumns,
    defaults: workloadDefaults,
    subresources: { scale },
  }),
  core({ plural: 'resourcequotas', kind: 'ResourceQuota', shortNames: ['quota'], generation: false, returnsDeleted: true }),
  core({ plural: 'secrets', kind: 'Secret', selectableFields: fields('type'), columns: secretColumns, defaults: secretDefaults, ...plain }),
  core({ plural: 'serviceaccounts', kind: 'ServiceAccount', shortNames: ['sa'], returnsDeleted: true, columns: serviceAccountColumns, ...plain }),
  core({
    plural: 'services',
    kind: 'Service',
    shortNames: ['svc'],
    categories: ALL,
    names: 'label',
    generation: false,
    selectableFields: fields('spec.clusterIP', 'spec.type'),
    columns: serviceColumns,
    defaults: serviceDefaults,
  }),
];

const workloads: readonly ResourceKind[] = [
  apps({ plural: 'controllerrevisions', kind: 'ControllerRevision', ...plain }),
  apps({ plural: 'daemonsets', kind: 'DaemonSet', shortNames: ['ds'], categories: ALL, columns: daemonSetColumns }),
  apps({
    plural: 'deployments',
    kind: 'Deployment',
    shortNames: ['deploy'],
    categories: ALL,
    columns: deploymentColumns,
    defaults: workloadDefaults,
    subresources: { scale },
  }),
  apps({
    plural: 'replicasets',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    categories: ALL,
    selectableFields: { 'status.replicas': (object) => at(object, 'status', 'replicas') ?? 0 },
    columns: replicaSetColumns,
    defaults: workloadDefaults,
    subresources: { scale },
  }),
  apps({
    plural: 'statefulsets',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    categories: ALL,
    columns: statefulSetColumns,
    defaults: workloadDefaults,
    subresources: { scale },
  }),
  batch({ plural: 'cronjobs', kind: 'CronJob', shortNames: ['cj'], categories: ALL, columns: cronJobColumns, defaults: cronJobDefaults }),
  batch({
    plural: 'jobs',
    kind: 'Job',
    categories: ALL,
    selectableFields: { 'status.successful': (job) => at(job, 'status', 'succeeded') ?? 0 },
    columns: jobColumns,
    defaults: jobDefaults,
  }),
];

const network: readonly ResourceKind[] = [
  networking({ plural: 'ingressclasses', kind: 'IngressClass', namespaced: false, statusSubresource: false }),
  networking({ plural: 'ingresses', kind: 'Ingress', shortNames: ['ing'], columns: ingressColumns }),
  networking({
    plural: 'networkpolicies',
    kind: 'NetworkPolicy',
    shortNames: ['netpol'],
    statusSubresource: false,
    columns: networkPolicyColumns,
  }),
  inGroup('discovery.k8s.io')({
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    columns: endpointSliceColumns,
    statusSubresource: false,
    createOnUpdate: true,
  }),
];

const access: readonly ResourceKind[] = [
  rbac({
    plural: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    names: 'pathSegment',
    columns: roleBindingColumns,
    createOnUpdate: true,
    ...plain,
  }),
  rbac({
    plural: 'clusterroles',
    kind: 'ClusterRole',
    namespaced: false,
    names: 'pathSegment',
    columns: roleColumns,
    createOnUpdate: true,
    ...plain,
  }),
  rbac({ plural: 'rolebindings', kind: 'RoleBinding', names: 'pathSegment', columns: roleBindingColumns, createOnUpdate: true, ...plain }),
  rbac({ plural: 'roles', kind: 'Role', names: 'pathSegment', columns: roleColumns, createOnUpdate: true, ...plain }),
];

const others: readonly ResourceKind[] = [
  inGroup('apiregistration.k8s.io')({
    plural: 'apiservices',
    singular: 'apiservice',
    kind: 'APIService',
    namespaced: false,
    categories: ['api-extensions'],
    generation: false,
    unconditionalUpdate: false,
    columns: apiServiceColumns,
  }),
  inGroup('coordination.k8s.io')({
    plural: 'leases',
    kind: 'Lease',
    unconditionalUpdate: false,
    createOnUpdate: true,
    columns: leaseColumns,
    ...plain,
  }),
  inGroup('policy')({ plural: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', shortNames: ['pdb'] }),
  inGroup('scheduling.k8s.io')({ plural: 'priorityclasses', singular: 'priorityclass', kind: 'PriorityClass', namespaced: false, shortNames: ['pc'], ...plain }),
  inGroup('storage.k8s.io')({
    plural: 'storageclasses',
    kind: 'StorageClass',
    namespaced: false,
    shortNames: ['sc'],
    columns: storageClassColumns,
    ...plain,
  }),
];

/**
 * The built-in kinds a fake cluster serves unless told otherwise, each in its v1. Custom resource definitions are not among
 * them: give the kinds themselves.
 */
export const coreKinds: readonly ResourceKind[] = [...coreGroup, ...workloads, ...network, ...access, ...others];
