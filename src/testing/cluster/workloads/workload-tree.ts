import { isFinished, isReady } from './pod.ts';
import { podTemplateHash } from './pod-template.ts';
import type { PodTemplate } from './pod-template.ts';
import { randomUid } from './random.ts';
import type { RandomNumber } from './random.ts';
import type { Pod, Workload, WorkloadKind } from './types.ts';
import { workload, workloadStatus } from './workload.ts';
import type { PodCounts } from './workload.ts';

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
