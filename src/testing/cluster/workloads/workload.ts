import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import { unreachable } from '../../../unreachable.ts';
import { podTemplateHash } from './pod-template.ts';
import type { PodTemplate } from './pod-template.ts';
import { isFinished, isReady, ownerReference } from './pod.ts';
import { randomUid } from './random.ts';
import type { RandomNumber } from './random.ts';
import type { Condition, Pod, Workload, WorkloadKind } from './types.ts';

export interface WorkloadOptions {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly template: PodTemplate;
  /** How many pods there are to be; for a DaemonSet, nodes that are to run one. */
  readonly replicas: number;
  /** The Deployment of a ReplicaSet. */
  readonly owner?: Workload | undefined;
  /** Labels added to template, selector and own labels: a ReplicaSet's `pod-template-hash`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A workload that has no pods yet. */
export function workload({
  kind,
  name,
  namespace,
  uid,
  template,
  replicas,
  owner,
  labels = {},
  at,
}: WorkloadOptions): Workload {
  const made: Workload = {
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name,
      namespace,
      uid,
      generation: 1,
      creationTimestamp: timestampOf(at),
      labels: { ...template.metadata.labels, ...labels },
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      selector: { matchLabels: { app: template.metadata.labels['app'] ?? name, ...labels } },
      template: {
        metadata: { labels: { ...template.metadata.labels, ...labels }, annotations: template.metadata.annotations },
        spec: template.spec,
      },
      ...extraSpec(kind, name),
    },
    status: {},
  };
  return { ...made, status: workloadStatus(made, { replicas: kind === 'DaemonSet' ? replicas : 0, ready: 0 }, at) };
}

/** How many pods a workload has. */
export interface PodCounts {
  /** Pods that have not ended; for a DaemonSet, nodes that are to run one. */
  readonly replicas: number;
  readonly ready: number;
}

/** A workload's status, as its controller derives it from the pods. Conditions keep the time of their last transition. */
export function workloadStatus(
  { kind, metadata, spec, status: before }: Pick<Workload, 'kind' | 'metadata' | 'spec' | 'status'>,
  { replicas, ready }: PodCounts,
  at: number,
): Readonly<Record<string, unknown>> {
  const observedGeneration = metadata.generation ?? 1;
  const wanted = spec.replicas ?? 0;
  switch (kind) {
    case 'Deployment':
      return {
        observedGeneration,
        ...withoutZeros({
          replicas,
          updatedReplicas: replicas,
          readyReplicas: ready,
          availableReplicas: ready,
          unavailableReplicas: Math.max(0, wanted - ready),
        }),
        conditions: [availableCondition(ready >= wanted - Math.floor(wanted / 4), before?.['conditions'], at)],
      };
    case 'ReplicaSet':
      return {
        observedGeneration,
        replicas,
        ...withoutZeros({ fullyLabeledReplicas: replicas, readyReplicas: ready, availableReplicas: ready }),
      };
    case 'StatefulSet':
      return {
        observedGeneration,
        replicas,
        availableReplicas: ready,
        ...withoutZeros({ readyReplicas: ready, currentReplicas: replicas, updatedReplicas: replicas }),
        currentRevision: `${metadata.name}-1`,
        updateRevision: `${metadata.name}-1`,
        collisionCount: 0,
      };
    case 'DaemonSet':
      return {
        observedGeneration,
        currentNumberScheduled: replicas,
        desiredNumberScheduled: replicas,
        numberMisscheduled: 0,
        numberReady: ready,
        ...withoutZeros({
          updatedNumberScheduled: replicas,
          numberAvailable: ready,
          numberUnavailable: replicas - ready,
        }),
      };
    default:
      return unreachable(kind);
  }
}

/** The API leaves out most counts that are zero. */
const withoutZeros = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

/** A Deployment is available while no more than a quarter of its pods, rounded down, is missing. */
const availableCondition = (available: boolean, before: unknown, at: number): Condition => {
  const status = available ? 'True' : 'False';
  const known = (before as readonly Condition[] | undefined)?.find(({ type }) => type === 'Available');
  return {
    type: 'Available',
    status,
    lastTransitionTime: known?.status === status ? known.lastTransitionTime : timestampOf(at),
    reason: available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${available ? 'has' : 'does not have'} minimum availability.`,
  };
};

const extraSpec = (kind: WorkloadKind, name: string): object => {
  switch (kind) {
    case 'Deployment':
      return {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      };
    case 'ReplicaSet':
      return {};
    case 'StatefulSet':
      return { serviceName: name, podManagementPolicy: 'OrderedReady', updateStrategy: { type: 'RollingUpdate' } };
    case 'DaemonSet':
      return { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } };
    default:
      return unreachable(kind);
  }
};

export interface WorkloadTreeOptions {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly namespace: string;
  readonly template: PodTemplate;
  readonly replicas: number;
  readonly random: RandomNumber;
  readonly at: number;
}

/** A workload and what stands between it and its pods: a Deployment owns a ReplicaSet, which owns the pods. */
export interface WorkloadTree {
  /** What the pods name as their controller. */
  readonly owner: Workload;
  /** The workloads, the topmost first, with the counts that these pods make. */
  withPods(pods: readonly Pod[]): readonly Workload[];
}

export function workloadTree({ random, ...options }: WorkloadTreeOptions): WorkloadTree {
  const top = workload({ ...options, uid: randomUid(random) });
  const chain = options.kind === 'Deployment' ? [top, replicaSetOf(top, options, random)] : [top];
  return {
    owner: chain.at(-1) ?? top,
    withPods: (pods) => chain.map((one) => ({ ...one, status: workloadStatus(one, podCounts(pods), options.at) })),
  };
}

/** Pods that ended do not count. */
export function podCounts(pods: Iterable<Pod>): PodCounts {
  let [replicas, ready] = [0, 0];
  for (const pod of pods) {
    if (isFinished(pod)) continue;
    replicas++;
    if (isReady(pod)) ready++;
  }
  return { replicas, ready };
}

const replicaSetOf = (
  deployment: Workload,
  { name, namespace, template, replicas, at }: Omit<WorkloadTreeOptions, 'random'>,
  random: RandomNumber,
): Workload => {
  const hash = podTemplateHash(namespace, name);
  return workload({
    kind: 'ReplicaSet',
    name: `${name}-${hash}`,
    namespace,
    uid: randomUid(random),
    template,
    replicas,
    owner: deployment,
    labels: { 'pod-template-hash': hash },
    at,
  });
};
