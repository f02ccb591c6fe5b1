import { cronJobDefaults, jobDefaults, workloadDefaults } from '../client-defaults.ts';
import {
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  statefulSetColumns,
} from '../columns/workload-columns.ts';
import { at } from '../../../server/wire/json-path.ts';
import type { ResourceKind } from '../resource-kind.ts';
import { scale } from '../subresources.ts';
import { ALL, inGroup, plain } from './built-in-kind.ts';

const apps = inGroup('apps');
const batch = inGroup('batch');

/** `apps` and `batch`. */
export const workloadGroups: readonly ResourceKind[] = [
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
    selectableFields: { 'status.successful': (job) => at(job, 'status', 'succeeded') ?? 0 },
    columns: jobColumns,
    defaults: jobDefaults,
  }),
];
