/** The expected rows of the examples, computed with plain loops over all objects of a cluster. */
import type { V1Namespace, V1Node, V1ObjectMeta, V1Pod, V1ReplicaSet } from '../../src/informers/index.ts';
import { parseQuantity } from '../../src/projections/index.ts';

type Owned = { readonly metadata?: V1ObjectMeta };

const isTerminated = ({ status }: V1Pod): boolean => ['Succeeded', 'Failed'].includes(status?.phase ?? '');

/** Returns the sum of the requests of pods without init containers and overhead. */
function requested(pods: readonly V1Pod[], resource: string): bigint {
  let total = 0n;
  for (const pod of pods)
    if (!isTerminated(pod))
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

/** The expected status of a node or a namespace, with amounts as numbers. */
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
      const members = pods.filter(({ spec }) => spec?.nodeName === metadata?.name);
      const load = {
        podsByPhase: byPhase(members),
        pods: members.filter((pod) => !isTerminated(pod)).length,
        cpu: requested(members, 'cpu'),
        memory: requested(members, 'memory'),
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
      const members = pods.filter((pod) => pod.metadata?.namespace === metadata?.name);
      const load = {
        podsByPhase: byPhase(members),
        restarts: restarts(members),
        cpu: requested(members, 'cpu'),
        memory: requested(members, 'memory'),
      };
      return [metadata?.name ?? '', load] as const;
    }),
  );
}

const controllerOf = ({ metadata }: Owned): { kind: string; name: string; uid: string } | undefined =>
  metadata?.ownerReferences?.find(({ controller, kind }) => controller === true && kind !== 'Node');

/**
 * Returns the key of the row in which a pod counts. If several ReplicaSets have the same uid, which never happens in a real cluster, the
 * one with the lowest key counts.
 */
export function rowOfPod(pod: V1Pod, replicaSets: readonly V1ReplicaSet[]): string {
  const direct = controllerOf(pod);
  const sorted = replicaSets.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  // An owner in another namespace counts as absent, as for the garbage collector.
  const namespace = pod.metadata?.namespace;
  const set =
    direct?.kind === 'ReplicaSet' &&
    sorted.find(({ metadata }) => metadata?.uid === direct.uid && metadata.namespace === namespace);
  const { kind, name } = (set && controllerOf(set)) || direct || { kind: 'Pod', name: pod.metadata?.name };
  return `${pod.metadata?.namespace}/${kind.toLowerCase()}-${name}`;
}

/** Returns the pods of each row that has at least one. */
export function expectedPodsOfWorkloads(
  pods: readonly V1Pod[],
  replicaSets: readonly V1ReplicaSet[],
): Map<string, readonly V1Pod[]> {
  return Map.groupBy(pods, (pod) => rowOfPod(pod, replicaSets));
}

const keyOf = ({ metadata }: Owned): string => `${metadata?.namespace}/${metadata?.name}`;
