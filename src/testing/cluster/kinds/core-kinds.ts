/**
 * The built-in kinds of all groups except the core group, and the list of all built-in kinds.
 * @module
 */
import { valueAtPath } from '../../../server/wire/json.ts';
import { cronJobDefaults, jobDefaults, workloadDefaults } from './client-defaults.ts';
import { endpointSliceColumns, ingressColumns, networkPolicyColumns } from '../columns/network-columns.ts';
import {
  apiServiceColumns,
  leaseColumns,
  roleBindingColumns,
  roleColumns,
  storageClassColumns,
} from '../columns/other-columns.ts';
import {
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  statefulSetColumns,
} from '../columns/workload-columns.ts';
import type { ResourceKind } from './resource-kind.ts';
import { scale } from './subresources.ts';
import { ALL, inGroup, plain } from './built-in-kind.ts';
import { coreGroup } from './core-group.ts';

const apps = inGroup('apps');
const batch = inGroup('batch');

/** The kinds of the groups `apps` and `batch`. */
const workloadGroups: readonly ResourceKind[] = [
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
    selectableFields: { 'status.replicas': (object) => valueAtPath(object, 'status', 'replicas') ?? 0 },
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
  batch({
    plural: 'cronjobs',
    kind: 'CronJob',
    shortNames: ['cj'],
    categories: ALL,
    columns: cronJobColumns,
    defaults: cronJobDefaults,
  }),
  batch({
    plural: 'jobs',
    kind: 'Job',
    categories: ALL,
    selectableFields: { 'status.successful': (job) => valueAtPath(job, 'status', 'succeeded') ?? 0 },
    columns: jobColumns,
    defaults: jobDefaults,
  }),
];

const networking = inGroup('networking.k8s.io');
const rbac = inGroup('rbac.authorization.k8s.io');

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
  rbac({
    plural: 'rolebindings',
    kind: 'RoleBinding',
    names: 'pathSegment',
    columns: roleBindingColumns,
    createOnUpdate: true,
    ...plain,
  }),
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
  inGroup('scheduling.k8s.io')({
    plural: 'priorityclasses',
    singular: 'priorityclass',
    kind: 'PriorityClass',
    namespaced: false,
    shortNames: ['pc'],
    ...plain,
  }),
  inGroup('storage.k8s.io')({
    plural: 'storageclasses',
    kind: 'StorageClass',
    namespaced: false,
    shortNames: ['sc'],
    columns: storageClassColumns,
    ...plain,
  }),
  // Only the objects are stored; the kinds they define are not served. kubectl lists them before it reports that a kind
  // cannot be written.
  inGroup('apiextensions.k8s.io')({
    plural: 'customresourcedefinitions',
    singular: 'customresourcedefinition',
    kind: 'CustomResourceDefinition',
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
  }),
];

/** The kinds of networking, access, storage and the remaining groups. */
const otherGroups: readonly ResourceKind[] = [...network, ...access, ...others];

/**
 * The built-in kinds of a fake cluster in their v1. Kinds of custom resource definitions are not among them; pass them
 * as `kinds`.
 */
export const coreKinds: readonly ResourceKind[] = [...coreGroup, ...workloadGroups, ...otherGroups];
