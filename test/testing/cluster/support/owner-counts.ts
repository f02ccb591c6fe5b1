import { expect } from 'chai';

import type { Storage } from '../../../../src/testing/cluster/storage/storage.ts';
import { controllerOf, isFinished, isReady } from '../../../../src/testing/cluster/workloads/pod.ts';
import type { Pod, Workload } from '../../../../src/testing/cluster/workloads/types.ts';

/** Counts live pods and ready pods, independently of the code under test. */
export const countsOf = (pods: readonly Pod[]): { readonly live: number; readonly ready: number } => {
  const live = pods.filter((pod) => !isFinished(pod));
  return { live: live.length, ready: live.filter(isReady).length };
};

const numbers = ({ kind, status = {} }: Workload): { readonly live: unknown; readonly ready: unknown } =>
  kind === 'DaemonSet'
    ? { live: status['currentNumberScheduled'], ready: status['numberReady'] }
    : { live: status['replicas'] ?? 0, ready: status['readyReplicas'] ?? 0 };

/** Checks that the status of every owner matches its pods. */
export const expectCountsToAgree = (store: Storage): void => {
  const pods = Map.groupBy(store.list('pods') as unknown as readonly Pod[], (pod) => controllerOf(pod)?.uid);
  const check = (owner: Workload, owned: readonly Pod[]): void => {
    expect(numbers(owner), `${owner.kind} ${owner.metadata.namespace}/${owner.metadata.name}`).to.deep.equal(
      countsOf(owned),
    );
  };
  const workloads = (resource: string): readonly Workload[] =>
    store.list(`${resource}.apps`) as unknown as readonly Workload[];
  for (const owner of ['replicasets', 'statefulsets', 'daemonsets'].flatMap(workloads))
    check(owner, pods.get(owner.metadata.uid) ?? []);
  const replicaSets = Map.groupBy(workloads('replicasets'), (owner) => controllerOf(owner)?.uid);
  for (const owner of workloads('deployments'))
    check(
      owner,
      (replicaSets.get(owner.metadata.uid) ?? []).flatMap(({ metadata }) => pods.get(metadata.uid) ?? []),
    );
};
