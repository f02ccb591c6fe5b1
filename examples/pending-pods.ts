/** `pendingpods`: the pods that do not run yet. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { filter, identity, map } from 'kubefacet/projections';

export function pendingPods(pods: Collection<V1Pod>) {
  return pods.pipe(
    filter((pod) => pod.status?.phase === 'Pending'),
    map((pod) => ({
      metadata: identity(pod),
      spec: { nodeName: pod.spec?.nodeName },
      status: { reason: pod.status?.reason ?? 'Waiting' },
    })),
  );
}
