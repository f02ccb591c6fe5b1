/** `workloads`: workloads of all kinds in one table, with the state of their pods. */
import type { Collection, V1DaemonSet, V1Deployment, V1Pod, V1ReplicaSet, V1StatefulSet } from 'kubefacet/informers';
import {
  byName,
  count,
  countBy,
  flatMap,
  groupBy,
  type Identified,
  identity,
  leftJoin,
  map,
  min,
  rightOwnsLeft,
  sum,
  union,
} from 'kubefacet/projections';
import { type Resource, resource } from 'kubefacet/server';
import { controllerOf } from './controller-of.ts';
import { isActive, isReady, restartsOf } from './pod-status.ts';
import { notReadyReason, worstReason } from './not-ready-reason.ts';

export interface WorkloadSources {
  readonly pods: Collection<V1Pod>;
  readonly replicaSets: Collection<V1ReplicaSet>;
  readonly deployments: Collection<V1Deployment>;
  readonly statefulSets: Collection<V1StatefulSet>;
  readonly daemonSets: Collection<V1DaemonSet>;
}

/**
 * Returns a row for each of these:
 * - each Deployment, StatefulSet and DaemonSet;
 * - each ReplicaSet and pod without a controller (a node does not count as the controller of its static pods);
 * - each other controller of pods, such as a Job, which is known only through its pods.
 *
 * Each pod counts in exactly one row. A row is named after kind and name, like `deployment-web`, because workloads of different kinds can
 * have the same name.
 */
export function workloads({ pods, replicaSets, deployments, statefulSets, daemonSets }: WorkloadSources) {
  // Keep only the owner references, so that a change of a ReplicaSet's status does not change the rows of its pods.
  const owners = replicaSets.pipe(
    map(({ metadata: { namespace, name, uid, ownerReferences } = {} }) => ({
      metadata: { namespace, name, uid, ownerReferences },
    })),
  );
  const podsOf = pods.pipe(
    leftJoin(owners, rightOwnsLeft({ kind: 'ReplicaSet' }), (pod, replicaSet) => ({
      metadata: identity(pod),
      owner: controllerOf(replicaSet) ?? controllerOf(pod) ?? { kind: 'Pod', name: identity(pod).name },
      active: isActive(pod) ? 1 : 0,
      ready: isReady(pod) ? 1 : 0,
      restarts: restartsOf(pod),
      reason: notReadyReason(pod),
    })),
    groupBy(({ metadata: { namespace }, owner }) => ({ namespace, name: rowName(owner) }), {
      kind: min(({ owner }) => owner.kind),
      name: min(({ owner }) => owner.name),
      pods: count(),
      active: sum(({ active }) => active),
      ready: sum(({ ready }) => ready),
      restarts: sum(({ restarts }) => restarts),
      reasons: countBy(({ reason }) => reason),
    }),
  );
  // The desired number of pods of other controllers is unknown, so it is the number of their active pods.
  const others = podsOf.pipe(
    map(({ metadata, kind, name, active }) => ({ metadata, spec: { kind, name }, wanted: active })),
  );
  return deployments.pipe(
    flatMap((deployment) => [workload('Deployment', deployment, deployment.spec?.replicas ?? 1)]),
    union(
      [
        statefulSets.pipe(flatMap((set) => [workload('StatefulSet', set, set.spec?.replicas ?? 1)])),
        daemonSets.pipe(flatMap((set) => [workload('DaemonSet', set, set.status?.desiredNumberScheduled ?? 0)])),
        replicaSets.pipe(
          flatMap((set) => (controllerOf(set) ? [] : [workload('ReplicaSet', set, set.spec?.replicas ?? 1)])),
        ),
        pods.pipe(flatMap((pod) => (controllerOf(pod) ? [] : [workload('Pod', pod, 1)]))),
        others,
      ],
      { onDuplicate: 'first' },
    ),
    leftJoin(podsOf, byName(), ({ metadata, spec, wanted }, group) => {
      const { ready = 0, pods = 0, restarts = 0, reasons = {} } = group ?? {};
      return { metadata, spec, status: { wanted, ready, pods, restarts, reason: worstReason(reasons), reasons } };
    }),
  );
}

/** Returns the part of a row that depends on the workload only. */
function workload(kind: string, object: Identified, wanted: number) {
  const { name } = identity(object);
  return { metadata: identity(object, { name: rowName({ kind, name }) }), spec: { kind, name }, wanted };
}

function rowName({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind.toLowerCase()}-${name}`;
}

export function workloadResource(sources: WorkloadSources): Resource {
  return resource(
    {
      kind: 'Workload',
      plural: 'workloads',
      namespaced: true,
      selectableFields: ['spec.kind', 'spec.name', 'status.reason'],
      columns: [
        { name: 'Kind', type: 'string', value: ({ spec }) => spec.kind },
        { name: 'Ready', type: 'string', value: ({ status }) => `${status.ready}/${status.wanted}` },
        { name: 'Restarts', type: 'integer', value: ({ status }) => status.restarts },
        { name: 'Reason', type: 'string', value: ({ status }) => status.reason ?? '<none>' },
        { name: 'Workload', type: 'string', priority: 1, value: ({ spec }) => spec.name },
        { name: 'Pods', type: 'integer', priority: 1, value: ({ status }) => status.pods },
      ],
    },
    workloads(sources),
  );
}
