/** What the examples should say of a cluster, reckoned with plain loops over all its objects. */
import type { V1Namespace, V1Node, V1ObjectMeta, V1Pod, V1ReplicaSet } from '../../src/informers/index.ts';
import { parseQuantity } from '../../src/projections/index.ts';

type Owned = { readonly metadata?: V1ObjectMeta };

const ended = ({ status }: V1Pod): boolean => ['Succeeded', 'Failed'].includes(status?.phase ?? '');

/** Of pods without init containers and overhead. */
function requested(pods: readonly V1Pod[], resource: string): bigint {
  let total = 0n;
  for (const pod of pods)
    if (!ended(pod))
      for (const { resources } of pod.spec?.containers ?? [])
        total += parseQuantity(resources?.requests?.[resource] ?? '0');
  return total;
}

function byPhase(pods: readonly V1Pod[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of pods) counts[status?.phase ?? 'Unknown'] = (counts[status?.phase ?? 'Unknown'] ?? 0) + 1;
  return counts;
}

const restarts = (pods: readonly V1Pod[]): number =>
  pods
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);

/** What the rows say of a node or a namespace, with amounts as numbers. */
export interface Load {
  readonly podsByPhase: Readonly<Record<string, number>>;
  readonly cpu: bigint;
  readonly memory: bigint;
}

export function expectedNodeLoads(
  pods: readonly V1Pod[],
  nodes: readonly V1Node[],
): Map<string, Load & { pods: number }> {
  return new Map(
    nodes.map(({ metadata }) => {
      const there = pods.filter(({ spec }) => spec?.nodeName === metadata?.name);
      const load = {
        podsByPhase: byPhase(there),
        pods: there.filter((pod) => !ended(pod)).length,
        cpu: requested(there, 'cpu'),
        memory: requested(there, 'memory'),
      };
      return [metadata?.name ?? '', load] as const;
    }),
  );
}

export function expectedNamespaceLoads(
  pods: readonly V1Pod[],
  namespaces: readonly V1Namespace[],
): Map<string, Load & { restarts: number }> {
  return new Map(
    namespaces.map(({ metadata }) => {
      const there = pods.filter((pod) => pod.metadata?.namespace === metadata?.name);
      const load = {
        podsByPhase: byPhase(there),
        restarts: restarts(there),
        cpu: requested(there, 'cpu'),
        memory: requested(there, 'memory'),
      };
      return [metadata?.name ?? '', load] as const;
    }),
  );
}

const controllerOf = ({ metadata }: Owned): { kind: string; name: string; uid: string } | undefined =>
  metadata?.ownerReferences?.find(({ controller, kind }) => controller === true && kind !== 'Node');

/** Which row a pod counts in, by key. Of several ReplicaSets with one uid (never in a cluster) the one with the least key is taken. */
export function rowOfPod(pod: V1Pod, replicaSets: readonly V1ReplicaSet[]): string {
  const direct = controllerOf(pod);
  const inOrder = replicaSets.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const set = direct?.kind === 'ReplicaSet' && inOrder.find(({ metadata }) => metadata?.uid === direct.uid);
  const { kind, name } = (set && controllerOf(set)) || direct || { kind: 'Pod', name: pod.metadata?.name };
  return `${pod.metadata?.namespace}/${kind.toLowerCase()}-${name}`;
}

/** Keys of the pods that count in each row that has any. */
export function expectedPodsOfWorkloads(
  pods: readonly V1Pod[],
  replicaSets: readonly V1ReplicaSet[],
): Map<string, readonly V1Pod[]> {
  return Map.groupBy(pods, (pod) => rowOfPod(pod, replicaSets));
}

const keyOf = ({ metadata }: Owned): string => `${metadata?.namespace}/${metadata?.name}`;
