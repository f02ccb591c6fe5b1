/**
 * An index of the cluster for controllers, scheduler and kubelets: sets of pods and nodes by state, and owned objects
 * by owner.
 * @module
 */
import { keyOf, keyOfParts } from '../../../key.ts';
import type { Storage } from '../storage/storage.ts';
import type { StorageEvent } from '../storage/event-log.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { isNodeReady } from './node.ts';
import { NodeLoads } from './node-loads.ts';
import { podAddresses, type PodAddresses } from './placement.ts';
import { controllerOf, isFinished, isReady } from './pod.ts';
import { RandomSet } from './random.ts';
import { type Node, type Pod, workloadResource, workloadResources } from './types.ts';

/** A reference to an object by resource and key. */
export interface ObjectRef {
  readonly resource: string;
  readonly key: string;
}

/** The state that controllers, scheduler and kubelets need. It follows all writes to storage. */
export interface ClusterIndex {
  /** The keys of all pods. */
  readonly pods: RandomSet<string>;
  /** The keys of the pods that are not running or not ready. */
  readonly unsettled: RandomSet<string>;
  /** The keys of the pods without an owner that are never restarted. */
  readonly tasks: RandomSet<string>;
  readonly readyNodes: RandomSet<string>;
  readonly unreadyNodes: RandomSet<string>;
  readonly addresses: PodAddresses;
  readonly loads: NodeLoads;
  /** Returns the objects that an object owns directly. */
  ownedBy(uid: string): readonly ObjectRef[];
  /** Returns the workloads that have changed themselves or in their pods since the last call. */
  takeChangedWorkloads(): readonly ChangedWorkload[];
  /** Reports a workload as changed again when a pod has left a node. */
  waitForRoom(workload: Omit<ChangedWorkload, 'isGone'>): void;
}

export interface ChangedWorkload extends ObjectRef {
  readonly uid: string;
  /** True if the workload was deleted. */
  readonly isGone: boolean;
}

export function clusterIndex(storage: Storage, signal: AbortSignal): ClusterIndex {
  const [pods, unsettled, tasks] = [new RandomSet<string>(), new RandomSet<string>(), new RandomSet<string>()];
  const [readyNodes, unreadyNodes] = [new RandomSet<string>(), new RandomSet<string>()];
  const addresses = podAddresses();
  const loads = new NodeLoads();
  const owned = new Map<string, Map<string, ObjectRef>>();
  const changed = new Map<string, ChangedWorkload>();
  const waiting = new Map<string, Omit<ChangedWorkload, 'isGone'>>();

  const markChanged = (resource: string, key: string, uid: string, isGone = false): void =>
    void changed.set(uid, { resource, key, uid, isGone: isGone || changed.get(uid)?.isGone === true });

  const markOwnerChanged = ({ metadata }: CompleteObject): void => {
    for (const { kind, name, uid, controller } of metadata.ownerReferences ?? []) {
      const resource = workloadResource(kind);
      if (resource !== undefined && controller === true)
        markChanged(resource, keyOfParts(metadata.namespace, name), uid);
    }
  };

  const link = (object: CompleteObject, ref: ObjectRef, isGone: boolean): void => {
    const uid = controllerOf(object)?.uid;
    if (uid === undefined) return;
    const members = owned.get(uid) ?? new Map<string, ObjectRef>();
    if (isGone) members.delete(ref.key);
    else members.set(ref.key, ref);
    if (members.size === 0) owned.delete(uid);
    else owned.set(uid, members);
  };

  const setMembership = (set: RandomSet<string>, key: string, belongs: boolean): void =>
    belongs ? set.add(key) : set.delete(key);

  const onPod = (pod: Pod, key: string, isGone: boolean, before: Pod | undefined): void => {
    setMembership(pods, key, !isGone);
    setMembership(unsettled, key, !isGone && !isFinished(pod) && !isReady(pod));
    setMembership(tasks, key, !isGone && controllerOf(pod) === undefined && pod.spec?.restartPolicy === 'Never');
    loads.change(before, isGone ? undefined : pod);
    if (before?.spec?.nodeName !== undefined && (isGone || isFinished(pod))) endWaiting();
    const [address, old] = [isGone ? undefined : pod.status?.podIP, before?.status?.podIP];
    if (old !== undefined && old !== address) addresses.release(old);
    if (address !== undefined) addresses.use(address);
  };

  const endWaiting = (): void => {
    for (const { resource, key, uid } of waiting.values()) markChanged(resource, key, uid);
    waiting.clear();
  };

  const onNode = (node: Node, isGone: boolean): void => {
    setMembership(readyNodes, node.metadata.name, !isGone && isNodeReady(node));
    setMembership(unreadyNodes, node.metadata.name, !isGone && !isNodeReady(node));
    for (const object of storage.list('daemonsets.apps'))
      markChanged('daemonsets.apps', keyOf(object), object.metadata.uid);
  };

  const apply = ({ type, resource, key, object, previous }: Omit<StorageEvent, 'kind' | 'revision'>): void => {
    const isGone = type === 'DELETED';
    if (resource === 'nodes') {
      if (isGone) loads.deleteNode(key);
      else loads.setNode(object as unknown as Node);
      if (type !== 'MODIFIED' || isNodeReady(object as unknown as Node) !== readyNodes.has(key))
        onNode(object as unknown as Node, isGone);
      return;
    }
    if (resource === 'pods') onPod(object as unknown as Pod, key, isGone, previous as unknown as Pod | undefined);
    else if (workloadResources.includes(resource)) markChanged(resource, key, object.metadata.uid, isGone);
    else return;
    link(object, { resource, key }, isGone);
    markOwnerChanged(object);
  };

  for (const resource of ['nodes', 'pods', ...workloadResources]) {
    for (const object of storage.list(resource)) {
      apply({
        type: 'ADDED',
        resource,
        key: keyOf(object),
        object,
        previous: undefined,
      });
    }
  }
  storage.subscribe((events) => {
    for (const event of events) apply(event);
  }, signal);

  return {
    pods,
    unsettled,
    tasks,
    readyNodes,
    unreadyNodes,
    addresses,
    loads,
    ownedBy: (uid) => [...(owned.get(uid)?.values() ?? [])],
    takeChangedWorkloads: () => {
      const workloads = [...changed.values()];
      changed.clear();
      return workloads;
    },
    waitForRoom: (workload) => void waiting.set(workload.uid, workload),
  };
}
