/** The resource requests of a pod, calculated as the scheduler does. */
import type { V1Pod } from 'kubefacet/informers';
import { type Nanos, parseQuantity } from 'kubefacet/projections';

type PodSpec = NonNullable<V1Pod['spec']>;
type Container = PodSpec['containers'][number];

function requested(container: Container, resource: string): Nanos {
  return parseQuantity(container.resources?.requests?.[resource] ?? '0');
}

/**
 * Returns the amount that a pod requests. It is the larger of two values, plus the overhead of the pod:
 * - the sum of all containers and sidecars;
 * - the maximum over the init containers, each together with the sidecars that were started before it.
 */
export function podRequests(spec: PodSpec | undefined, resource: 'cpu' | 'memory'): Nanos {
  let sidecars = 0n;
  let init = 0n;
  for (const container of spec?.initContainers ?? []) {
    const amount = requested(container, resource);
    if (container.restartPolicy === 'Always') sidecars += amount;
    const peak = container.restartPolicy === 'Always' ? sidecars : sidecars + amount;
    if (peak > init) init = peak;
  }
  let running = sidecars;
  for (const container of spec?.containers ?? []) running += requested(container, resource);
  const overhead = parseQuantity(spec?.overhead?.[resource] ?? '0');
  return (running > init ? running : init) + overhead;
}
