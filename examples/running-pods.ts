/** `runningpods`: only pods that run, and of them only what a dashboard shows. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { filter, identity, map } from 'kubefacet/projections';

export const runningPods = (pods: Collection<V1Pod>) =>
  pods.pipe(
    filter((pod) => pod.status?.phase === 'Running'),
    map((pod) => ({
      metadata: identity(pod),
      spec: { nodeName: pod.spec?.nodeName, images: pod.spec?.containers.map(({ image }) => image) },
      status: { podIP: pod.status?.podIP, startTime: pod.status?.startTime },
    })),
  );
