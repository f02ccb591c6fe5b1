/** `nodeloads`: the resource requests of the pods on each node, compared with the allocatable resources of the node. */
import type { Collection, V1Node, V1Pod } from 'kubefacet/informers';
import {
  countBy,
  formatBytes,
  formatCpu,
  groupBy,
  identity,
  leftJoin,
  parseQuantity,
  sum,
} from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';
import { podRequests } from './pod-requests.ts';
import { isTerminated } from './pod-status.ts';

/** One pod, in the unit of quantities. */
const ONE_POD = parseQuantity('1');

/**
 * Returns a row for each node, including nodes without pods. As in `kubectl describe node`, the requests of terminated pods do not count,
 * and percentages are relative to the allocatable resources and rounded down. Terminated pods are only counted by phase.
 */
export function nodeLoads(pods: Collection<V1Pod>, nodes: Collection<V1Node>) {
  const loads = pods.pipe(
    groupBy((pod) => pod.spec?.nodeName, {
      podsByPhase: countBy((pod) => pod.status?.phase ?? 'Unknown'),
      pods: sum((pod) => (isTerminated(pod) ? 0 : 1)),
      cpu: sum((pod) => (isTerminated(pod) ? 0n : podRequests(pod.spec, 'cpu'))),
      memory: sum((pod) => (isTerminated(pod) ? 0n : podRequests(pod.spec, 'memory'))),
    }),
  );
  return nodes.pipe(
    leftJoin(
      loads,
      (node) => node.metadata?.name,
      (node, load) => {
        const { podsByPhase = {}, pods = 0, cpu = 0n, memory = 0n } = load ?? {};
        const available = {
          pods: allocatable(node, 'pods'),
          cpu: allocatable(node, 'cpu'),
          memory: allocatable(node, 'memory'),
        };
        return {
          metadata: identity(node),
          status: {
            podsByPhase,
            requested: { pods, cpu: formatCpu(cpu), memory: formatBytes(memory) },
            allocatable: {
              pods: Number(available.pods / ONE_POD),
              cpu: formatCpu(available.cpu),
              memory: formatBytes(available.memory),
            },
            percent: {
              pods: percent(BigInt(pods) * ONE_POD, available.pods),
              cpu: percent(cpu, available.cpu),
              memory: percent(memory, available.memory),
            },
          },
        };
      },
    ),
  );
}

/** Returns the amount of a resource that the pods of a node can request. It is 0 until the kubelet has reported it. */
function allocatable({ status }: V1Node, resource: 'pods' | 'cpu' | 'memory') {
  return parseQuantity(status?.allocatable?.[resource] ?? '0');
}

function percent(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 100n) / whole);
}

export function nodeLoadResource(pods: Collection<V1Pod>, nodes: Collection<V1Node>): Resource {
  return resource(
    {
      kind: 'NodeLoad',
      plural: 'nodeloads',
      shortNames: ['nload'],
      namespaced: false,
      columns: [
        {
          name: 'Pods',
          type: 'string',
          value: ({ status: { requested, allocatable } }) => `${requested.pods}/${allocatable.pods}`,
        },
        { name: 'CPU', type: 'string', value: ({ status }) => status.requested.cpu },
        { name: 'CPU%', type: 'integer', value: ({ status }) => status.percent.cpu },
        { name: 'Memory', type: 'string', value: ({ status }) => status.requested.memory },
        { name: 'Memory%', type: 'integer', value: ({ status }) => status.percent.memory },
        { name: 'Running', type: 'integer', priority: 1, value: ({ status }) => status.podsByPhase['Running'] ?? 0 },
        { name: 'Pending', type: 'integer', priority: 1, value: ({ status }) => status.podsByPhase['Pending'] ?? 0 },
        {
          name: 'Succeeded',
          type: 'integer',
          priority: 1,
          value: ({ status }) => status.podsByPhase['Succeeded'] ?? 0,
        },
        { name: 'Failed', type: 'integer', priority: 1, value: ({ status }) => status.podsByPhase['Failed'] ?? 0 },
        { name: 'CPU-Allocatable', type: 'string', priority: 1, value: ({ status }) => status.allocatable.cpu },
        { name: 'Memory-Allocatable', type: 'string', priority: 1, value: ({ status }) => status.allocatable.memory },
      ],
    },
    nodeLoads(pods, nodes),
  );
}
