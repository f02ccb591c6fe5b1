/** `runningpods`: the running pods, with the fields that a dashboard shows. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { filter, identity, map } from 'kubefacet/projections';

export function runningPods(pods: Collection<V1Pod>) {
  return pods.pipe(
    filter((pod) => pod.status?.phase === 'Running'),
    map((pod) => ({
      metadata: identity(pod),
      spec: { nodeName: pod.spec?.nodeName, images: pod.spec?.containers.map(({ image }) => image) },
      status: { podIP: pod.status?.podIP, startTime: pod.status?.startTime },
    })),
  );
}
