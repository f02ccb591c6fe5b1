import type { WorkloadKind } from './types.ts';

const RESOURCES: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
};

/** The resources of workloads, as storage names them. */
export const workloadResources: readonly string[] = Object.values(RESOURCES);

/** The resource of a kind of workload; undefined for other kinds. */
export function workloadResource(kind: string): string | undefined {
  return RESOURCES[kind as WorkloadKind];
}
