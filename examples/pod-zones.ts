/** `podzones`: the zone of each pod, which is a label of its node. */
import type { Collection, V1Node, V1Pod } from 'kubefacet/informers';
import { identity, leftJoin } from 'kubefacet/projections';

export function podZones(pods: Collection<V1Pod>, nodes: Collection<V1Node>) {
  return pods.pipe(
    leftJoin(
      nodes,
      (pod) => pod.spec?.nodeName,
      (pod, node) => ({
        metadata: identity(pod),
        status: { zone: node?.metadata?.labels?.['topology.kubernetes.io/zone'] ?? 'none' },
      }),
    ),
  );
}
