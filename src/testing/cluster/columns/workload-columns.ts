/**
 * Table columns of workloads, Jobs and CronJobs, as `kubectl get` shows them.
 * @module
 */
import { humanAge, humanDuration, timeOf } from '../../../server/wire/human-age.ts';
import { ageColumn, nameColumn, type TableColumn } from '../../../server/wire/table.ts';
import { valueAtPath, listAt, numberAt, textAt } from '../../../server/wire/json.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { labelsText, orNone, selectorText } from './label-text.ts';

type Column = TableColumn<CompleteObject>;

const replicas = (object: CompleteObject): number =>
  valueAtPath(object, 'spec', 'replicas') === undefined ? 1 : numberAt(object, 'spec', 'replicas');
const statusNumber = (name: string, field: string): Column => ({
  name,
  type: 'integer',
  value: (object) => numberAt(object, 'status', field),
});

const containers = (object: CompleteObject): readonly unknown[] => {
  const template =
    valueAtPath(object, 'spec', 'template') ?? valueAtPath(object, 'spec', 'jobTemplate', 'spec', 'template');
  return listAt(template, 'spec', 'containers');
};

const containerColumns: readonly Column[] = [
  {
    name: 'Containers',
    type: 'string',
    priority: 1,
    value: (object) =>
      containers(object)
        .map((container) => textAt(container, 'name'))
        .join(','),
  },
  {
    name: 'Images',
    type: 'string',
    priority: 1,
    value: (object) =>
      containers(object)
        .map((container) => textAt(container, 'image'))
        .join(','),
  },
];
const selectorColumn: Column = {
  name: 'Selector',
  type: 'string',
  priority: 1,
  value: (object) => orNone(selectorText(valueAtPath(object, 'spec', 'selector'))),
};
const wide: readonly Column[] = [...containerColumns, selectorColumn];

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    value: (object) => `${numberAt(object, 'status', 'readyReplicas')}/${replicas(object)}`,
  },
  statusNumber('Up-to-date', 'updatedReplicas'),
  statusNumber('Available', 'availableReplicas'),
  ageColumn,
  ...wide,
];

export const statefulSetColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    value: (object) => `${numberAt(object, 'status', 'readyReplicas')}/${replicas(object)}`,
  },
  ageColumn,
  ...containerColumns,
];

/** The columns of ReplicaSets and ReplicationControllers. */
export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  { name: 'Desired', type: 'integer', value: replicas },
  statusNumber('Current', 'replicas'),
  statusNumber('Ready', 'readyReplicas'),
  ageColumn,
  ...wide,
];

const nodeSelector = (object: CompleteObject): string =>
  orNone(labelsText(valueAtPath(object, 'spec', 'template', 'spec', 'nodeSelector')));

export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  statusNumber('Desired', 'desiredNumberScheduled'),
  statusNumber('Current', 'currentNumberScheduled'),
  statusNumber('Ready', 'numberReady'),
  statusNumber('Up-to-date', 'updatedNumberScheduled'),
  statusNumber('Available', 'numberAvailable'),
  { name: 'Node Selector', type: 'string', value: nodeSelector },
  ageColumn,
  ...wide,
];

const jobStatus = (job: CompleteObject): string => {
  const holds = (type: string): boolean =>
    listAt(job, 'status', 'conditions').some(
      (condition) => valueAtPath(condition, 'type') === type && valueAtPath(condition, 'status') === 'True',
    );
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return holds('Suspended') ? 'Suspended' : 'Running';
};

const completions = (job: CompleteObject): string => {
  const succeeded = numberAt(job, 'status', 'succeeded');
  if (valueAtPath(job, 'spec', 'completions') !== undefined)
    return `${succeeded}/${numberAt(job, 'spec', 'completions')}`;
  const parallelism = numberAt(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
};

const duration = (job: CompleteObject, now: number): string => {
  const start = timeOf(textAt(job, 'status', 'startTime'));
  if (start === undefined) return '';
  return humanDuration((timeOf(textAt(job, 'status', 'completionTime')) ?? now) - start);
};

export function jobColumns(now: number): readonly Column[] {
  return [
    nameColumn,
    { name: 'Status', type: 'string', value: jobStatus },
    { name: 'Completions', type: 'string', value: completions },
    { name: 'Duration', type: 'string', value: (job) => duration(job, now) },
    ageColumn,
    ...wide,
  ];
}

const lastSchedule = (object: CompleteObject, now: number): string => {
  const last = textAt(object, 'status', 'lastScheduleTime');
  return last === '' ? '<none>' : humanAge(timeOf(last), now);
};

export function cronJobColumns(now: number): readonly Column[] {
  return [
    nameColumn,
    { name: 'Schedule', type: 'string', value: (object) => textAt(object, 'spec', 'schedule') },
    { name: 'Timezone', type: 'string', value: (object) => textAt(object, 'spec', 'timeZone') || '<none>' },
    {
      name: 'Suspend',
      type: 'string',
      value: (object) => (valueAtPath(object, 'spec', 'suspend') === true ? 'True' : 'False'),
    },
    { name: 'Active', type: 'integer', value: (object) => listAt(object, 'status', 'active').length },
    { name: 'Last Schedule', type: 'string', value: (object) => lastSchedule(object, now) },
    ageColumn,
    ...containerColumns,
  ];
}
