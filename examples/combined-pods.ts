/** `combinedpods`: each pod as it is, and beside it what there is to know of its node. */
import type { Collection, V1Node, V1Pod } from 'kubefacet/informers';
import { identity, leftJoin, map } from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';
import { readyContainers, restartsOf, statusOf } from './pod-status.ts';

/**
 * A row for each pod, with its `metadata`, `spec` and `status`. `node` is not there until the pod has one; of a node that is not there
 * (any more) nothing is known but its name.
 */
export const combinedPods = (pods: Collection<V1Pod>, nodes: Collection<V1Node>) => {
  // Nodes report often. Trimmed to what stands in the rows, most reports are no change, and cost their pods nothing.
  const places = nodes.pipe(
    map(({ metadata, status }) => ({
      metadata: { name: metadata?.name },
      zone: metadata?.labels?.['topology.kubernetes.io/zone'],
      instanceType: metadata?.labels?.['node.kubernetes.io/instance-type'],
      ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown',
    })),
  );
  return pods.pipe(
    leftJoin(
      places,
      (pod) => pod.spec?.nodeName,
      (pod, place) => ({
        metadata: {
          ...identity(pod),
          annotations: pod.metadata?.annotations,
          deletionTimestamp: pod.metadata?.deletionTimestamp,
        },
        spec: pod.spec,
        status: pod.status,
        node: pod.spec?.nodeName
          ? { name: pod.spec.nodeName, zone: place?.zone, instanceType: place?.instanceType, ready: place?.ready }
          : undefined,
      }),
    ),
  );
};

export const combinedPodResource = (pods: Collection<V1Pod>, nodes: Collection<V1Node>): Resource =>
  resource(
    {
      kind: 'CombinedPod',
      plural: 'combinedpods',
      shortNames: ['cpod'],
      namespaced: true,
      selectableFields: ['status.phase', 'spec.nodeName', 'node.zone', 'node.instanceType', 'node.ready'],
      columns: [
        { name: 'Ready', type: 'string', value: (row) => readyContainers(row) },
        { name: 'Status', type: 'string', value: (row) => statusOf(row) },
        { name: 'Restarts', type: 'integer', value: (row) => restartsOf(row) },
        { name: 'Node', type: 'string', value: ({ node }) => node?.name ?? '<none>' },
        { name: 'Zone', type: 'string', value: ({ node }) => node?.zone ?? '<none>' },
        { name: 'Node-Ready', type: 'string', value: ({ node }) => node?.ready ?? '<none>' },
        { name: 'IP', type: 'string', priority: 1, value: ({ status }) => status?.podIP ?? '<none>' },
        { name: 'Instance-Type', type: 'string', priority: 1, value: ({ node }) => node?.instanceType ?? '<none>' },
      ],
    },
    combinedPods(pods, nodes),
  );
