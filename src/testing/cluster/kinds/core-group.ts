/**
 * The built-in kinds of the core group.
 * @module
 */
import { valueAtPath } from '../../../server/wire/json.ts';
import { pendingDefaults, podDefaults, secretDefaults, serviceDefaults, workloadDefaults } from './client-defaults.ts';
import { endpointsColumns, serviceColumns } from '../columns/network-columns.ts';
import {
  configMapColumns,
  eventColumns,
  namespaceColumns,
  nodeColumns,
  persistentVolumeClaimColumns,
  persistentVolumeColumns,
  secretColumns,
  serviceAccountColumns,
} from '../columns/other-columns.ts';
import { podColumns } from '../columns/pod-columns.ts';
import { replicaSetColumns } from '../columns/workload-columns.ts';
import { ALL, fields, inGroup, plain } from './built-in-kind.ts';
import type { ResourceKind, SelectableFields } from './resource-kind.ts';
import { binding, eviction, scale } from './subresources.ts';

const core = inGroup('');

const podFields: SelectableFields = {
  ...fields('spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'),
  'spec.hostNetwork': (pod) => valueAtPath(pod, 'spec', 'hostNetwork') ?? false,
  ...fields('status.phase', 'status.podIP', 'status.nominatedNodeName'),
};

const eventFields: SelectableFields = {
  ...fields(
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
  ),
  ...fields('involvedObject.resourceVersion', 'involvedObject.fieldPath', 'reason', 'reportingComponent', 'type'),
  source: (event) => valueAtPath(event, 'source', 'component') ?? valueAtPath(event, 'reportingComponent'),
};

/** The kinds of the core group. */
export const coreGroup: readonly ResourceKind[] = [
  core({ plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'], columns: configMapColumns, ...plain }),
  core({
    plural: 'endpoints',
    singular: 'endpoints',
    kind: 'Endpoints',
    shortNames: ['ep'],
    columns: endpointsColumns,
    createOnUpdate: true,
    ...plain,
  }),
  core({
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    columns: eventColumns,
    selectableFields: eventFields,
    createOnUpdate: true,
    ...plain,
  }),
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
    selectableFields: { 'spec.unschedulable': (node) => valueAtPath(node, 'spec', 'unschedulable') ?? false },
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
    selectableFields: { 'status.replicas': (object) => valueAtPath(object, 'status', 'replicas') ?? 0 },
    columns: replicaSetColumns,
    defaults: workloadDefaults,
    subresources: { scale },
  }),
  core({
    plural: 'resourcequotas',
    kind: 'ResourceQuota',
    shortNames: ['quota'],
    generation: false,
    returnsDeleted: true,
  }),
  core({
    plural: 'secrets',
    kind: 'Secret',
    selectableFields: fields('type'),
    columns: secretColumns,
    defaults: secretDefaults,
    ...plain,
  }),
  core({
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    returnsDeleted: true,
    columns: serviceAccountColumns,
    ...plain,
  }),
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
