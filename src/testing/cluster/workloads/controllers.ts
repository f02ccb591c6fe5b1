/**
 * The workload controllers and the garbage collector of a fake cluster.
 * @module
 */
import { keyOf, keyOfParts } from '../../../key.ts';
import { ApiError } from '../../../server/wire/status.ts';
import type { Clock } from '../../../clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { podTemplateHash, templateOf } from './pod-template.ts';
import { isFinished, isReady, pendingPod } from './pod.ts';
import { nameSuffix, randomUid, type RandomNumber } from './random.ts';
import { ownerLabels } from './seeded-pods.ts';
import type { Pod, Workload } from './types.ts';
import { podCounts, workload, workloadStatus } from './workload.ts';

export interface ControllersOptions {
  readonly storage: Storage;
  readonly index: ClusterIndex;
  readonly random: RandomNumber;
  readonly clock: Pick<Clock, 'now'>;
}

/** The maximum number of passes of one reconciliation. Two are normally enough. */
const MAX_PASSES = 10;

/**
 * Creates the workload controllers and the garbage collector. They create and delete pods and ReplicaSets until their
 * numbers match the specs, update the counts in status, and delete the dependents of deleted owners. A change of a
 * Deployment's template is not rolled out.
 */
export function controllers({ storage, index, random, clock }: ControllersOptions): { readonly reconcile: () => void } {
  const podsOf = (owner: Workload): readonly Pod[] =>
    index.ownedBy(owner.metadata.uid).flatMap(({ resource, key }) => {
      const object = resource === 'pods' ? storage.get(resource, key) : undefined;
      return object === undefined ? [] : [object as unknown as Pod];
    });

  const livePodsOf = (owner: Workload): readonly Pod[] => podsOf(owner).filter((pod) => !isFinished(pod));

  const newPod = (owner: Workload, name: string): Pod =>
    pendingPod({
      template: templateOf(owner),
      namespace: owner.metadata.namespace,
      name,
      uid: randomUid(random),
      owner,
      labels: ownerLabels(owner, name),
      at: clock.now(),
    });

  const createPod = (owner: Workload, name: string): void => void storage.create('pods', newPod(owner, name));

  const freeName = (owner: Workload): string => {
    let name: string;
    do name = `${owner.metadata.name}-${nameSuffix(random)}`;
    while (storage.get('pods', keyOfParts(owner.metadata.namespace, name)) !== undefined);
    return name;
  };

  const remove = (pods: Iterable<Pod>): void => {
    for (const pod of pods) storage.delete('pods', keyOf(pod));
  };

  const replicaSet = (owner: Workload): void => {
    const live = livePodsOf(owner);
    const desired = owner.spec.replicas ?? 1;
    for (let count = desired - live.length; count > 0; count--) createPod(owner, freeName(owner));
    // Pods that are not ready are deleted first.
    if (live.length > desired)
      remove(live.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, live.length - desired));
  };

  const statefulSet = (owner: Workload): void => {
    const names = Array.from({ length: owner.spec.replicas ?? 1 }, (_, ordinal) => `${owner.metadata.name}-${ordinal}`);
    const existing = new Set(podsOf(owner).map((pod) => pod.metadata.name));
    for (const name of names) if (!existing.has(name)) createPod(owner, name);
    const desired = new Set(names);
    remove(podsOf(owner).filter((pod) => !desired.has(pod.metadata.name)));
  };

  const daemonSet = (owner: Workload): void => {
    const nodes = new Set(storage.list('nodes').map((node) => node.metadata.name));
    const live = livePodsOf(owner);
    remove(live.filter(({ spec }) => spec.nodeName === undefined || !nodes.has(spec.nodeName)));
    const existing = new Set(live.map(({ spec }) => spec.nodeName));
    for (const node of nodes) {
      if (existing.has(node)) continue;
      const pod = newPod(owner, freeName(owner));
      if (index.loads.hasRoom(node, pod)) storage.create('pods', { ...pod, spec: { ...pod.spec, nodeName: node } });
      else index.waitForRoom({ resource: 'daemonsets.apps', key: keyOf(owner), uid: owner.metadata.uid });
    }
  };

  const replicaSetsOf = (deployment: Workload): readonly Workload[] =>
    index.ownedBy(deployment.metadata.uid).flatMap(({ resource, key }) => {
      const object = resource === 'replicasets.apps' ? storage.get(resource, key) : undefined;
      return object === undefined ? [] : [object as unknown as Workload];
    });

  const deployment = (owner: Workload): void => {
    const replicas = owner.spec.replicas ?? 1;
    const { namespace, name } = owner.metadata;
    const [newest] = replicaSetsOf(owner).toSorted((a, b) =>
      a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1,
    );
    if (newest !== undefined) {
      if (newest.spec.replicas !== replicas)
        storage.modify('replicasets.apps', keyOf(newest), (current) => ({
          ...current,
          spec: { ...(current['spec'] as object), replicas },
        }));
      return;
    }
    const hash = podTemplateHash(namespace, name);
    storage.create(
      'replicasets.apps',
      workload({
        kind: 'ReplicaSet',
        name: `${name}-${hash}`,
        namespace,
        uid: randomUid(random),
        template: templateOf(owner),
        replicas,
        owner,
        labels: { 'pod-template-hash': hash },
        at: clock.now(),
      }),
    );
  };

  const reconcilers = {
    Deployment: deployment,
    ReplicaSet: replicaSet,
    StatefulSet: statefulSet,
    DaemonSet: daemonSet,
  } as const;

  const updateStatus = (resource: string, owner: Workload): void => {
    const pods = owner.kind === 'Deployment' ? replicaSetsOf(owner).flatMap(podsOf) : podsOf(owner);
    const status = workloadStatus(owner, podCounts(pods), clock.now());
    storage.modify(resource, keyOf(owner), (current) => ({ ...current, status }), { part: 'status' });
  };

  const collectGarbage = (uid: string): void => {
    for (const { resource, key } of index.ownedBy(uid))
      if (storage.get(resource, key) !== undefined) storage.delete(resource, key);
  };

  return {
    reconcile: () => {
      for (let pass = 0; pass < MAX_PASSES; pass++) {
        const changed = index.takeChangedWorkloads();
        if (changed.length === 0) return;
        for (const { resource, key, uid, isGone } of changed) {
          const owner = storage.get(resource, key) as Workload | undefined;
          try {
            if (isGone) collectGarbage(uid);
            else if (owner?.metadata.uid === uid && owner.metadata.deletionTimestamp === undefined) {
              reconcilers[owner.kind](owner);
              updateStatus(resource, owner);
            }
          } catch (error) {
            // For example, the namespace is being deleted. The next change triggers the next attempt.
            if (!(error instanceof ApiError)) throw error;
          }
        }
      }
    },
  };
}
