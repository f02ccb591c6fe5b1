/** `podsizes`: what each pod asks for. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { formatBytes, formatCpu, identity, map, parseQuantity } from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';

function requested(pod: V1Pod, what: 'cpu' | 'memory') {
  return (pod.spec?.containers ?? [])
    .map(({ resources }) => parseQuantity(resources?.requests?.[what] ?? '0'))
    .reduce((sum, amount) => sum + amount, 0n);
}

export const podSizes = (pods: Collection<V1Pod>): Resource =>
  resource(
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
        description: 'What a pod asks for.',
        properties: {
          spec: { type: 'object', properties: { nodeName: { type: 'string', description: 'Where it runs.' } } },
          status: {
            type: 'object',
            properties: {
              cpu: { type: 'string', description: 'Of all containers together: 250m.' },
              memory: { type: 'string', description: 'Of all containers together: 64Mi.' },
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
        status: { cpu: formatCpu(requested(pod, 'cpu')), memory: formatBytes(requested(pod, 'memory')) },
      })),
    ),
  );
