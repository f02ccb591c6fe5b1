/** `podsizes`: the resource requests of each pod, with a schema for `kubectl explain`. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { formatBytes, formatCpu, identity, map, parseQuantity } from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';

function requestsOf(pod: V1Pod, resource: 'cpu' | 'memory') {
  return (pod.spec?.containers ?? [])
    .map(({ resources }) => parseQuantity(resources?.requests?.[resource] ?? '0'))
    .reduce((sum, amount) => sum + amount, 0n);
}

export function podSizes(pods: Collection<V1Pod>): Resource {
  return resource(
    {
      kind: 'PodSize',
      plural: 'podsizes',
      shortNames: ['psize'],
      namespaced: true,
      columns: [
        { name: 'CPU', type: 'string', value: ({ status }) => status.cpu },
        { name: 'Memory', type: 'string', value: ({ status }) => status.memory },
        { name: 'Node', type: 'string', priority: 1, value: ({ spec }) => spec.nodeName },
      ],
      selectableFields: ['spec.nodeName'],
      schema: {
        type: 'object',
        description: 'The resource requests of a pod.',
        properties: {
          spec: {
            type: 'object',
            properties: { nodeName: { type: 'string', description: 'The node that the pod runs on.' } },
          },
          status: {
            type: 'object',
            properties: {
              cpu: { type: 'string', description: 'The sum over all containers, such as 250m.' },
              memory: { type: 'string', description: 'The sum over all containers, such as 64Mi.' },
            },
          },
        },
      },
      log: { entries: 5000, age: 600_000 },
    },
    pods.pipe(
      map((pod) => ({
        metadata: identity(pod),
        spec: { nodeName: pod.spec?.nodeName },
        status: { cpu: formatCpu(requestsOf(pod, 'cpu')), memory: formatBytes(requestsOf(pod, 'memory')) },
      })),
    ),
  );
}
