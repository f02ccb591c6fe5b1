/**
 * The cells of `kubectl get pods`, computed as in the printers of kube-apiserver (pkg/printers/internalversion).
 * @module
 */
import { humanDuration, timeOf } from '../../../server/wire/human-age.ts';
import { ageColumn, nameColumn, type TableColumn } from '../../../server/wire/table.ts';
import { valueAtPath, listAt, numberAt, textAt } from '../../../server/wire/json.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { orNone } from './label-text.ts';

const containerStatuses = (pod: CompleteObject): readonly unknown[] => listAt(pod, 'status', 'containerStatuses');
const initStatuses = (pod: CompleteObject): readonly unknown[] => listAt(pod, 'status', 'initContainerStatuses');

/** Returns the names of init containers that run beside the main containers ("sidecars"). */
const sidecars = (pod: CompleteObject): ReadonlySet<string> =>
  new Set(
    listAt(pod, 'spec', 'initContainers')
      .filter((container) => valueAtPath(container, 'restartPolicy') === 'Always')
      .map((container) => textAt(container, 'name')),
  );

const terminatedReason = (terminated: unknown): string => {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = numberAt(terminated, 'signal');
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode')}` : `Signal:${signal}`;
};

/** Returns the waiting reason of the first incomplete init container, or undefined if all are complete. */
const initReason = (pod: CompleteObject): string | undefined => {
  const restartable = sidecars(pod);
  const total = listAt(pod, 'spec', 'initContainers').length;
  for (const [index, status] of initStatuses(pod).entries()) {
    const terminated = valueAtPath(status, 'state', 'terminated');
    if (terminated !== undefined && numberAt(terminated, 'exitCode') === 0) continue;
    if (restartable.has(textAt(status, 'name')) && valueAtPath(status, 'started') === true) continue;
    if (terminated !== undefined) return `Init:${terminatedReason(terminated)}`;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`;
  }
  return undefined;
};

const isReady = (pod: CompleteObject): boolean =>
  listAt(pod, 'status', 'conditions').some(
    (condition) => valueAtPath(condition, 'type') === 'Ready' && valueAtPath(condition, 'status') === 'True',
  );

/** Returns the cell of the STATUS column. */
function podStatus(pod: CompleteObject): string {
  const deleting = pod.metadata.deletionTimestamp !== undefined;
  const podReason = textAt(pod, 'status', 'reason');
  let reason = podReason || textAt(pod, 'status', 'phase');
  const gate = listAt(pod, 'status', 'conditions').find(
    (condition) => valueAtPath(condition, 'type') === 'PodScheduled',
  );
  if (textAt(gate, 'reason') === 'SchedulingGated') reason = 'SchedulingGated';
  const initializing = initReason(pod);
  const initialized = listAt(pod, 'status', 'conditions').some(
    (condition) => valueAtPath(condition, 'type') === 'Initialized' && valueAtPath(condition, 'status') === 'True',
  );
  if (initializing !== undefined) reason = initializing;
  if (initializing === undefined || initialized) {
    let running = false;
    for (const status of containerStatuses(pod).toReversed()) {
      const waiting = textAt(status, 'state', 'waiting', 'reason');
      const terminated = valueAtPath(status, 'state', 'terminated');
      if (waiting !== '') reason = waiting;
      else if (terminated !== undefined) reason = terminatedReason(terminated);
      else if (valueAtPath(status, 'ready') === true && valueAtPath(status, 'state', 'running') !== undefined)
        running = true;
    }
    if (reason === 'Completed' && running) reason = isReady(pod) ? 'Running' : 'NotReady';
  }
  if (!deleting) return reason;
  if (podReason === 'NodeLost') return 'Unknown';
  return ['Failed', 'Succeeded'].includes(textAt(pod, 'status', 'phase')) ? reason : 'Terminating';
}

/** Returns the statuses of the containers that READY and RESTARTS count: main containers and sidecars. */
const countedStatuses = (pod: CompleteObject): readonly unknown[] => {
  const restartable = sidecars(pod);
  return [...initStatuses(pod).filter((status) => restartable.has(textAt(status, 'name'))), ...containerStatuses(pod)];
};

const ready = (pod: CompleteObject): string => {
  const total = listAt(pod, 'spec', 'containers').length + sidecars(pod).size;
  const isRunning = (status: unknown): boolean =>
    valueAtPath(status, 'ready') === true && valueAtPath(status, 'state', 'running') !== undefined;
  return `${countedStatuses(pod).filter(isRunning).length}/${total}`;
};

const restarts = (pod: CompleteObject, now: number): string => {
  // While a pod initializes, the column shows the restarts of its init containers.
  const isInitializing =
    initReason(pod) !== undefined && containerStatuses(pod).every((status) => numberAt(status, 'restartCount') === 0);
  const statuses = isInitializing ? initStatuses(pod) : countedStatuses(pod);
  const count = statuses.reduce<number>((sum, status) => sum + numberAt(status, 'restartCount'), 0);
  const ends = statuses
    .map((status) => timeOf(textAt(status, 'lastState', 'terminated', 'finishedAt')))
    .filter((end): end is number => end !== undefined && !Number.isNaN(end));
  return count === 0 || ends.length === 0 ? String(count) : `${count} (${humanDuration(now - Math.max(...ends))} ago)`;
};

const readinessGates = (pod: CompleteObject): string => {
  const gates = listAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const isTrue = (gate: unknown): boolean =>
    listAt(pod, 'status', 'conditions').some(
      (condition) =>
        valueAtPath(condition, 'type') === valueAtPath(gate, 'conditionType') &&
        valueAtPath(condition, 'status') === 'True',
    );
  return `${gates.filter(isTrue).length}/${gates.length}`;
};

export function podColumns(now: number): readonly TableColumn<CompleteObject>[] {
  return [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      value: ready,
      description: 'The aggregate readiness state of this pod for accepting traffic.',
    },
    {
      name: 'Status',
      type: 'string',
      value: podStatus,
      description: 'The aggregate status of the containers in this pod.',
    },
    {
      name: 'Restarts',
      type: 'string',
      value: (pod) => restarts(pod, now),
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    },
    ageColumn,
    {
      name: 'IP',
      type: 'string',
      priority: 1,
      value: (pod) => orNone(textAt(pod, 'status', 'podIPs', 0, 'ip') || textAt(pod, 'status', 'podIP')),
    },
    { name: 'Node', type: 'string', priority: 1, value: (pod) => orNone(textAt(pod, 'spec', 'nodeName')) },
    {
      name: 'Nominated Node',
      type: 'string',
      priority: 1,
      value: (pod) => orNone(textAt(pod, 'status', 'nominatedNodeName')),
    },
    { name: 'Readiness Gates', type: 'string', priority: 1, value: readinessGates },
  ];
}
