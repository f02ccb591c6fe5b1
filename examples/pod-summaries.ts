/** `podsummaries`: what people look at first when they look at a pod. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { formatBytes, formatCpu, identity, map } from 'kubefacet/projections';
import { type Resource, resource, type Schema } from 'kubefacet/server';
import { podRequests } from './pod-requests.ts';

/** What `kubectl explain podsummaries` tells. */
const schema: Schema = {
  type: 'object',
  description: 'What people look at first when they look at a pod.',
  properties: {
    spec: {
      type: 'object',
      description: 'What is wanted of the pod.',
      properties: { nodeName: { type: 'string', description: 'Node that the pod is on, once it is on one.' } },
    },
    status: {
      type: 'object',
      description: 'What is known of the pod.',
      required: ['phase', 'containers', 'readyContainers', 'restarts', 'requests'],
      properties: {
        phase: {
          type: 'string',
          description: 'Where the pod is in its life: Pending, Running, Succeeded, Failed, Unknown.',
        },
        containers: { type: 'integer', description: 'How many containers it has.' },
        readyContainers: { type: 'integer', description: 'How many of them are ready.' },
        restarts: { type: 'integer', description: 'How often they were started again, taken together.' },
        requests: {
          type: 'object',
          description: 'What they ask of the node, taken together.',
          properties: {
            cpu: { type: 'string', description: 'A quantity: 250m.' },
            memory: { type: 'string', description: 'A quantity: 64Mi.' },
          },
        },
      },
    },
  },
};

export const podSummaries = (pods: Collection<V1Pod>): Resource =>
  resource(
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
