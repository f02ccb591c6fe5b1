/**
 * Workloads as their controllers keep them: spec, status by the counts of pods, and the ReplicaSet below a Deployment.
 * @module
 */
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import { unreachable } from '../../../unreachable.ts';
import { podTemplateHash, type PodTemplate } from './pod-template.ts';
import { isFinished, isReady, ownerReference } from './pod.ts';
import { randomUid, type RandomNumber } from './random.ts';
import type { Condition, Pod, Workload, WorkloadKind } from './types.ts';

export interface WorkloadOptions {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly template: PodTemplate;
  /** The desired number of pods; for a DaemonSet, the number of nodes for its pods. */
  readonly replicas: number;
  /** The Deployment that owns a ReplicaSet. */
  readonly owner?: Workload | undefined;
  /** The labels added to template, selector and metadata: `pod-template-hash` of a ReplicaSet. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The creation time in milliseconds since the epoch. */
  readonly at: number;
}

/** Returns a workload without pods. */
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
  const created: Workload = {
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
  return {
    ...created,
    status: workloadStatus(created, { replicas: kind === 'DaemonSet' ? replicas : 0, ready: 0 }, at),
  };
}

/** The numbers of a workload's pods. */
export interface PodCounts {
  /** The pods that have not ended; for a DaemonSet, the nodes for its pods. */
  readonly replicas: number;
  readonly ready: number;
}

/**
 * Returns the status of a workload, as its controller computes it from the pods. Conditions keep the time of their last
 * transition.
 */
export function workloadStatus(
  { kind, metadata, spec, status: before }: Pick<Workload, 'kind' | 'metadata' | 'spec' | 'status'>,
  { replicas, ready }: PodCounts,
  at: number,
): Readonly<Record<string, unknown>> {
  const observedGeneration = metadata.generation ?? 1;
  const desired = spec.replicas ?? 0;
  switch (kind) {
    case 'Deployment':
      return {
        observedGeneration,
        ...withoutZeros({
          replicas,
          updatedReplicas: replicas,
          readyReplicas: ready,
          availableReplicas: ready,
          unavailableReplicas: Math.max(0, desired - ready),
        }),
        conditions: [availableCondition(ready >= desired - Math.floor(desired / 4), before?.['conditions'], at)],
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

/** Removes the counts that are zero, as the API does for most of them. */
const withoutZeros = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

/**
 * Returns the condition `Available`. A Deployment is available if at most a quarter of its pods, rounded down, is
 * missing.
 */
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

/** A workload and the objects between it and its pods: a Deployment owns a ReplicaSet, which owns the pods. */
export interface WorkloadTree {
  /** The controller of the pods. */
  readonly owner: Workload;
  /** Returns the workloads from the top, with the counts of these pods in their status. */
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

/** Returns the numbers of pods. Pods that have ended do not count. */
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
