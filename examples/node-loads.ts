/** `nodeloads`: what the pods of each node ask of it, against what it has. */
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
import { hasEnded } from './pod-status.ts';

/**
 * A row for each node, also for those without pods. As in `kubectl describe node`, pods that have ended ask for nothing any more and are
 * only counted by phase; percents are of what is allocatable, rounded down.
 */
export const nodeLoads = (pods: Collection<V1Pod>, nodes: Collection<V1Node>) => {
  const loads = pods.pipe(
    groupBy((pod) => pod.spec?.nodeName, {
      podsByPhase: countBy((pod) => pod.status?.phase ?? 'Unknown'),
      pods: sum((pod) => (hasEnded(pod) ? 0 : 1)),
      cpu: sum((pod) => (hasEnded(pod) ? 0n : podRequests(pod.spec, 'cpu'))),
      memory: sum((pod) => (hasEnded(pod) ? 0n : podRequests(pod.spec, 'memory'))),
    }),
  );
  return nodes.pipe(
    leftJoin(
      loads,
      (node) => node.metadata?.name,
      (node, load) => {
        const { podsByPhase = {}, pods = 0, cpu = 0n, memory = 0n } = load ?? {};
        const has = {
          pods: allocatable(node, 'pods'),
          cpu: allocatable(node, 'cpu'),
          memory: allocatable(node, 'memory'),
        };
        return {
          metadata: identity(node),
          status: {
            podsByPhase,
            requested: { pods, cpu: formatCpu(cpu), memory: formatBytes(memory) },
            allocatable: { pods: Number(has.pods / ONE), cpu: formatCpu(has.cpu), memory: formatBytes(has.memory) },
            percent: {
              pods: percent(BigInt(pods) * ONE, has.pods),
              cpu: percent(cpu, has.cpu),
              memory: percent(memory, has.memory),
            },
          },
        };
      },
    ),
  );
};

const ONE = parseQuantity('1');

/** What pods may ask of a node; nothing until its kubelet has said so. */
function allocatable({ status }: V1Node, resource: 'pods' | 'cpu' | 'memory') {
  return parseQuantity(status?.allocatable?.[resource] ?? '0');
}

function percent(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 100n) / whole);
}

export const nodeLoadResource = (pods: Collection<V1Pod>, nodes: Collection<V1Node>): Resource =>
  resource(
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
