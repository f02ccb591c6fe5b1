/** `namespaceloads`: the pods, restarts and resource requests of each namespace. */
import type { Collection, V1Namespace, V1Pod } from 'kubefacet/informers';
import { count, countBy, formatBytes, formatCpu, groupBy, identity, leftJoin, sum } from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';
import { podRequests } from './pod-requests.ts';
import { isTerminated, restartsOf } from './pod-status.ts';

/**
 * Returns a row for each namespace, including namespaces without pods. The requests of terminated pods do not count, but their restarts
 * do.
 */
export function namespaceLoads(pods: Collection<V1Pod>, namespaces: Collection<V1Namespace>) {
  const loads = pods.pipe(
    groupBy((pod) => pod.metadata?.namespace, {
      pods: count(),
      podsByPhase: countBy((pod) => pod.status?.phase ?? 'Unknown'),
      restarts: sum(restartsOf),
      cpu: sum((pod) => (isTerminated(pod) ? 0n : podRequests(pod.spec, 'cpu'))),
      memory: sum((pod) => (isTerminated(pod) ? 0n : podRequests(pod.spec, 'memory'))),
    }),
  );
  return namespaces.pipe(
    leftJoin(
      loads,
      (namespace) => namespace.metadata?.name,
      (namespace, load) => ({
        metadata: identity(namespace),
        status: {
          phase: namespace.status?.phase,
          pods: load?.pods ?? 0,
          podsByPhase: load?.podsByPhase ?? {},
          restarts: load?.restarts ?? 0,
          requested: { cpu: formatCpu(load?.cpu ?? 0n), memory: formatBytes(load?.memory ?? 0n) },
        },
      }),
    ),
  );
}

export function namespaceLoadResource(pods: Collection<V1Pod>, namespaces: Collection<V1Namespace>): Resource {
  return resource(
    {
      kind: 'NamespaceLoad',
      plural: 'namespaceloads',
      shortNames: ['nsload'],
      namespaced: false,
      selectableFields: ['status.phase'],
      columns: [
        { name: 'Pods', type: 'integer', value: ({ status }) => status.pods },
        { name: 'Running', type: 'integer', value: ({ status }) => status.podsByPhase['Running'] ?? 0 },
        { name: 'Restarts', type: 'integer', value: ({ status }) => status.restarts },
        { name: 'CPU', type: 'string', value: ({ status }) => status.requested.cpu },
        { name: 'Memory', type: 'string', value: ({ status }) => status.requested.memory },
        { name: 'Pending', type: 'integer', priority: 1, value: ({ status }) => status.podsByPhase['Pending'] ?? 0 },
        {
          name: 'Succeeded',
          type: 'integer',
          priority: 1,
          value: ({ status }) => status.podsByPhase['Succeeded'] ?? 0,
        },
        { name: 'Failed', type: 'integer', priority: 1, value: ({ status }) => status.podsByPhase['Failed'] ?? 0 },
        { name: 'Status', type: 'string', priority: 1, value: ({ status }) => status.phase },
      ],
    },
    namespaceLoads(pods, namespaces),
  );
}
