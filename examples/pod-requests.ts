/** What a pod asks of a node, as the scheduler counts it. */
import type { V1Pod } from 'kubefacet/informers';
import { type Nanos, parseQuantity } from 'kubefacet/projections';

type PodSpec = NonNullable<V1Pod['spec']>;
type Container = PodSpec['containers'][number];

function requested(container: Container, resource: string): Nanos {
  return parseQuantity(container.resources?.requests?.[resource] ?? '0');
}

/**
 * The sum of the containers, or the most that an init container needs while it runs beside the sidecars started before it, whichever is
 * more; and the pod's overhead.
 */
export function podRequests(spec: PodSpec | undefined, resource: 'cpu' | 'memory'): Nanos {
  let sidecars = 0n;
  let init = 0n;
  for (const container of spec?.initContainers ?? []) {
    const own = requested(container, resource);
    if (container.restartPolicy === 'Always') sidecars += own;
    const peak = container.restartPolicy === 'Always' ? sidecars : sidecars + own;
    if (peak > init) init = peak;
  }
  let running = sidecars;
  for (const container of spec?.containers ?? []) running += requested(container, resource);
  const overhead = parseQuantity(spec?.overhead?.[resource] ?? '0');
  return (running > init ? running : init) + overhead;
}
