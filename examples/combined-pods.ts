/** `combinedpods`: each pod with its spec and status, joined with the zone, instance type and readiness of its node. */
import type { Collection, V1Node, V1Pod } from 'kubefacet/informers';
import { identity, leftJoin, map } from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';
import { readyContainers, restartsOf, statusOf } from './pod-status.ts';

/**
 * Returns a row for each pod, with the `metadata`, `spec` and `status` of the pod. `node` is undefined until the pod is scheduled. If
 * the node does not exist, `node` has only its name.
 */
export function combinedPods(pods: Collection<V1Pod>, nodes: Collection<V1Node>) {
  // Nodes update their status often. Keep only the fields that the rows use, so that most updates change no row.
  const nodeFacts = nodes.pipe(
    map(({ metadata, status }) => ({
      metadata: { name: metadata?.name },
      zone: metadata?.labels?.['topology.kubernetes.io/zone'],
      instanceType: metadata?.labels?.['node.kubernetes.io/instance-type'],
      ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown',
    })),
  );
  return pods.pipe(
    leftJoin(
      nodeFacts,
      (pod) => pod.spec?.nodeName,
      (pod, facts) => ({
        metadata: {
          ...identity(pod),
          annotations: pod.metadata?.annotations,
          deletionTimestamp: pod.metadata?.deletionTimestamp,
        },
        spec: pod.spec,
        status: pod.status,
        node: pod.spec?.nodeName
          ? { name: pod.spec.nodeName, zone: facts?.zone, instanceType: facts?.instanceType, ready: facts?.ready }
          : undefined,
      }),
    ),
  );
}

export function combinedPodResource(pods: Collection<V1Pod>, nodes: Collection<V1Node>): Resource {
  return resource(
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
}
