/** `podsummaries`: phase, readiness, restarts and resource requests of each pod. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { formatBytes, formatCpu, identity, map } from 'kubefacet/projections';
import { type Resource, resource, type Schema } from 'kubefacet/server';
import { podRequests } from './pod-requests.ts';

/** The descriptions that `kubectl explain podsummaries` prints. */
const schema: Schema = {
  type: 'object',
  description: 'A summary of a pod.',
  properties: {
    spec: {
      type: 'object',
      description: 'The desired state of the pod.',
      properties: {
        nodeName: { type: 'string', description: 'The node of the pod. Unset until the pod is scheduled.' },
      },
    },
    status: {
      type: 'object',
      description: 'The observed state of the pod.',
      required: ['phase', 'containers', 'readyContainers', 'restarts', 'requests'],
      properties: {
        phase: {
          type: 'string',
          description: 'The phase of the pod: Pending, Running, Succeeded, Failed or Unknown.',
        },
        containers: { type: 'integer', description: 'The number of containers.' },
        readyContainers: { type: 'integer', description: 'The number of ready containers.' },
        restarts: { type: 'integer', description: 'The number of restarts of all containers.' },
        requests: {
          type: 'object',
          description: 'The resource requests of all containers.',
          properties: {
            cpu: { type: 'string', description: 'A quantity, such as 250m.' },
            memory: { type: 'string', description: 'A quantity, such as 64Mi.' },
          },
        },
      },
    },
  },
};

export function podSummaries(pods: Collection<V1Pod>): Resource {
  return resource(
    {
      kind: 'PodSummary',
      plural: 'podsummaries',
      shortNames: ['psum'],
      namespaced: true,
      selectableFields: ['status.phase', 'spec.nodeName'],
      schema,
      columns: [
        { name: 'Ready', type: 'string', value: ({ status }) => `${status.readyContainers}/${status.containers}` },
        { name: 'Phase', type: 'string', value: ({ status }) => status.phase },
        { name: 'Restarts', type: 'integer', value: ({ status }) => status.restarts },
        { name: 'CPU', type: 'string', value: ({ status }) => status.requests.cpu },
        { name: 'Memory', type: 'string', value: ({ status }) => status.requests.memory },
        { name: 'Node', type: 'string', priority: 1, value: ({ spec }) => spec.nodeName ?? '<none>' },
      ],
    },
    pods.pipe(
      map((pod) => ({
        metadata: identity(pod),
        spec: { nodeName: pod.spec?.nodeName },
        status: {
          phase: pod.status?.phase ?? 'Unknown',
          containers: pod.spec?.containers.length ?? 0,
          readyContainers: pod.status?.containerStatuses?.filter(({ ready }) => ready).length ?? 0,
          restarts: pod.status?.containerStatuses?.reduce((sum, { restartCount }) => sum + restartCount, 0) ?? 0,
          requests: {
            cpu: formatCpu(podRequests(pod.spec, 'cpu')),
            memory: formatBytes(podRequests(pod.spec, 'memory')),
          },
        },
      })),
    ),
  );
}
