/** `podsummaries`: what people look at first when they look at a pod. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { formatBytes, formatCpu, identity, map } from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';
import { podRequests } from './pod-requests.ts';

const summary = (pod: V1Pod) => {
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    metadata: identity(pod),
    spec: { nodeName: pod.spec?.nodeName },
    status: {
      phase: pod.status?.phase ?? 'Unknown',
      containers: pod.spec?.containers.length ?? 0,
      readyContainers: statuses.filter(({ ready }) => ready).length,
      restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
      requests: { cpu: formatCpu(podRequests(pod.spec, 'cpu')), memory: formatBytes(podRequests(pod.spec, 'memory')) },
    },
  };
};

export const podSummaries = (pods: Collection<V1Pod>): Resource =>
  resource(
    {
      kind: 'PodSummary',
      plural: 'podsummaries',
      shortNames: ['psum'],
      namespaced: true,
      selectableFields: ['status.phase', 'spec.nodeName'],
      columns: [
        { name: 'Ready', type: 'string', value: ({ status }) => `${status.readyContainers}/${status.containers}` },
        { name: 'Phase', type: 'string', value: ({ status }) => status.phase },
        { name: 'Restarts', type: 'integer', value: ({ status }) => status.restarts },
        { name: 'CPU', type: 'string', value: ({ status }) => status.requests.cpu },
        { name: 'Memory', type: 'string', value: ({ status }) => status.requests.memory },
        { name: 'Node', type: 'string', priority: 1, value: ({ spec }) => spec.nodeName ?? '<none>' },
      ],
    },
    pods.pipe(map(summary)),
  );
