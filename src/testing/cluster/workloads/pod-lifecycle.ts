/**
 * The changes that scheduler and kubelet make to a pod: one function for each transition. Each returns a new pod.
 * @module
 */
import { digest, KUBELET_FIELDS } from './pod-template.ts';
import { hexDigits, type RandomNumber } from './random.ts';
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import type { Condition, ContainerState, ContainerStatus, Node, Pod, PodStatus } from './types.ts';

/** The time of a transition in milliseconds since the epoch, and the source of random identifiers. */
export interface Moment {
  readonly at: number;
  readonly random: RandomNumber;
}

/** Returns the pod after the scheduler has chosen a node. */
export function scheduled(pod: Pod, node: Node, { at }: Moment): Pod {
  return {
    ...pod,
    spec: { ...pod.spec, nodeName: node.metadata.name },
    status: { ...pod.status, conditions: withConditions(pod, at, { PodScheduled: 'True' }) },
  };
}

/** Returns the pod after the scheduler has found no node. */
export function unschedulable(pod: Pod, { at }: Moment): Pod {
  return {
    ...pod,
    status: {
      ...pod.status,
      conditions: withConditions(pod, at, { PodScheduled: 'False' }, { reason: 'Unschedulable', message: NO_NODE }),
    },
  };
}

/** Returns the pod with running containers. They are not ready before {@link ready}. */
export function running(pod: Pod, node: Node, podIP: string, moment: Moment): Pod {
  const hostIP = node.status.addresses.find(({ type }) => type === 'InternalIP')?.address;
  return byKubelet(pod, moment, {
    phase: 'Running',
    conditions: withConditions(pod, moment.at, {
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'False',
      ContainersReady: 'False',
    }),
    hostIP,
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: timestampOf(moment.at),
    containerStatuses: pod.spec.containers.map((container) => ({
      name: container.name,
      state: { running: { startedAt: timestampOf(moment.at) } },
      lastState: {},
      ready: false,
      started: true,
      restartCount: 0,
      image: container.image,
      imageID: imageId(container.image),
      containerID: containerId(moment),
    })),
  });
}

/** Returns the pod after the readiness probes of all containers have passed. */
export function ready(pod: Pod, moment: Moment): Pod {
  return byKubelet(pod, moment, {
    conditions: withConditions(pod, moment.at, { Ready: 'True', ContainersReady: 'True' }),
    containerStatuses: containers(pod, (status) => ({ ...status, ready: true, started: true })),
  });
}

/** The reasons for which a container fails. */
export type ContainerFailure = 'Error' | 'OOMKilled';

/** Returns the pod after its first container has failed. The container waits for its restart. */
export function crashed(pod: Pod, reason: ContainerFailure, moment: Moment): Pod {
  return byKubelet(pod, moment, {
    conditions: withConditions(
      pod,
      moment.at,
      { Ready: 'False', ContainersReady: 'False' },
      {
        reason: 'ContainersNotReady',
        message: `containers with unready status: [${pod.spec.containers[0]?.name ?? ''}]`,
      },
    ),
    containerStatuses: firstContainer(pod, (status) => ({
      ...status,
      ready: false,
      started: false,
      state: { waiting: { reason: 'CrashLoopBackOff', message: BACK_OFF } },
      lastState: terminated(status, reason, reason === 'OOMKilled' ? 137 : 1, moment),
    })),
  });
}

/** Returns the pod after its first container has restarted; the restart count is one more. */
export function restarted(pod: Pod, moment: Moment): Pod {
  return byKubelet(pod, moment, {
    conditions: withConditions(pod, moment.at, { Ready: 'False', ContainersReady: 'False' }),
    containerStatuses: firstContainer(pod, (status) => ({
      ...status,
      ready: false,
      started: true,
      restartCount: status.restartCount + 1,
      state: { running: { startedAt: timestampOf(moment.at) } },
      lastState: status.state.running === undefined ? status.lastState : terminated(status, 'Error', 1, moment),
      containerID: containerId(moment),
    })),
  });
}

/** Returns the pod after all containers have succeeded, for pods that are not restarted. */
export function completed(pod: Pod, moment: Moment): Pod {
  return finished(pod, 'Succeeded', 'Completed', moment);
}

/** Returns the pod after its containers have failed, for pods that are not restarted. */
export function failed(pod: Pod, moment: Moment): Pod {
  return finished(pod, 'Failed', 'Error', moment);
}

const finished = (pod: Pod, phase: 'Succeeded' | 'Failed', exitReason: string, moment: Moment): Pod => {
  const reason = phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed';
  return byKubelet(pod, moment, {
    phase,
    conditions: withConditions(pod, moment.at, { Ready: 'False', ContainersReady: 'False' }, { reason }),
    containerStatuses: containers(pod, (status) => ({
      ...status,
      ready: false,
      started: false,
      state: terminated(status, exitReason, phase === 'Succeeded' ? 0 : 1, moment),
    })),
  });
};

const BACK_OFF = 'back-off 5m0s restarting failed container';
const NO_NODE = '0 nodes are available: insufficient cpu.';

/** Returns the pod with a status written by the kubelet, which is also in managedFields. */
const byKubelet = (pod: Pod, { at }: Moment, status: Partial<PodStatus>): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    managedFields: [
      ...(pod.metadata.managedFields ?? []).slice(0, 1),
      {
        manager: 'kubelet',
        operation: 'Update',
        apiVersion: 'v1',
        time: timestampOf(at),
        fieldsType: 'FieldsV1',
        fieldsV1: KUBELET_FIELDS,
        subresource: 'status',
      },
    ],
  },
  status: { ...pod.status, ...status },
});

type ConditionChanges = Readonly<Record<string, Condition['status']>>;

/** Returns the conditions after changes. A condition with the same status keeps the time of its last transition. */
const withConditions = (
  pod: Pod,
  at: number,
  changes: ConditionChanges,
  { reason, message }: Pick<Condition, 'reason' | 'message'> = {},
): readonly Condition[] => {
  const conditions = new Map((pod.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  for (const [type, status] of Object.entries(changes)) {
    const before = conditions.get(type);
    conditions.set(type, {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestampOf(at),
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    });
  }
  return [...conditions.values()];
};

const containers = (pod: Pod, change: (status: ContainerStatus) => ContainerStatus): readonly ContainerStatus[] =>
  (pod.status?.containerStatuses ?? []).map(change);

const firstContainer = (pod: Pod, change: (status: ContainerStatus) => ContainerStatus): readonly ContainerStatus[] =>
  (pod.status?.containerStatuses ?? []).map((status, index) => (index === 0 ? change(status) : status));

const terminated = (status: ContainerStatus, reason: string, exitCode: number, moment: Moment): ContainerState => ({
  terminated: {
    exitCode,
    reason,
    startedAt: status.state.running?.startedAt ?? timestampOf(moment.at),
    finishedAt: timestampOf(moment.at),
    containerID: status.containerID ?? containerId(moment),
  },
});

const containerId = ({ random }: Moment): string => `containerd://${hexDigits(random, 64)}`;

const imageId = (image: string): string => `${image.split(':')[0] ?? image}@sha256:${digest(image)}`;
