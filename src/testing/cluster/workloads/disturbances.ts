/**
 * The random events of a cluster that churns: evictions, restarts, crashes, scaling and failing nodes.
 * @module
 */
import { keyOf, keyOfParts } from '../../../key.ts';
import type { Clock } from '../../../clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { withReadiness } from './node.ts';
import { placementOf } from './placement.ts';
import {
  completed,
  crashed,
  failed,
  type Moment,
  ready,
  restarted,
  running,
  scheduled,
  unschedulable,
} from './pod-lifecycle.ts';
import { templateOf } from './pod-template.ts';
import { controllerOf, isFinished, isReady, isUnschedulable, pendingPod } from './pod.ts';
import { nameSuffix, randomUid, type RandomNumber } from './random.ts';
import { type Node, type Pod, type Workload, workloadResource } from './types.ts';

export interface DisturbancesOptions {
  readonly storage: Storage;
  readonly index: ClusterIndex;
  readonly random: RandomNumber;
  readonly clock: Pick<Clock, 'now'>;
}

/** Random events of a cluster. Each function causes one and writes once, or does not write if nothing fits. */
export interface Disturbances {
  /** Advances an unsettled pod: it is scheduled, started, restarted after a crash, or becomes ready. */
  settle(): void;
  /** Deletes a pod. Its controller, if there is one, creates another. */
  evict(): void;
  /** Restarts a container. */
  restart(): void;
  /** Crashes a container, sometimes out of memory. It is then in CrashLoopBackOff. */
  crash(): void;
  /** Completes or fails a task, or replaces a finished task with a new one. */
  finishTask(): void;
  /** Scales a workload by one pod. The number of its pods stays within a quarter of its initial number. */
  scale(): void;
  /** Makes a node unready, or an unready node ready. At most one node in twenty is unready. */
  flapNode(): void;
}

/** Returns the disturbances of a cluster. */
export function disturbances({ storage, index, random, clock }: DisturbancesOptions): Disturbances {
  const initialReplicas = new Map<string, number>();
  const moment = (): Moment => ({ at: clock.now(), random });

  const podAt = (key: string | undefined): Pod | undefined =>
    key === undefined ? undefined : withSpec(storage.get('pods', key) as unknown as Pod | undefined);
  const nodeAt = (name: string | undefined): Node | undefined =>
    name === undefined ? undefined : (storage.get('nodes', name) as unknown as Node | undefined);
  const change = (key: string, to: (pod: Pod) => Pod): void =>
    void storage.modify('pods', key, (current: CompleteObject) => to(current as unknown as Pod));

  const runningPod = (): readonly [key: string, pod: Pod] | undefined => {
    const key = index.pods.draw(random);
    const pod = podAt(key);
    if (key === undefined || pod?.status?.phase !== 'Running' || !isReady(pod)) return undefined;
    return [key, pod];
  };

  const nextState = (pod: Pod): Pod => {
    if (pod.spec.nodeName === undefined) {
      const node = nodeAt(placementOf(pod, index.readyNodes, index.loads, random));
      if (node !== undefined) return scheduled(pod, node, moment());
      return isUnschedulable(pod) ? pod : unschedulable(pod, moment());
    }
    const node = nodeAt(pod.spec.nodeName);
    if (node === undefined || index.unreadyNodes.has(pod.spec.nodeName)) return pod;
    if ((pod.status?.phase ?? 'Pending') === 'Pending') return running(pod, node, index.addresses.take(node), moment());
    const waits = pod.status?.containerStatuses?.some(({ state }) => state.waiting !== undefined) === true;
    return waits ? restarted(pod, moment()) : ready(pod, moment());
  };

  const scalable = (pod: Pod): Workload | undefined => {
    const owner = ownerOf(pod);
    const top = owner?.kind === 'ReplicaSet' ? (ownerOf(owner) ?? owner) : owner;
    return top?.kind === 'DaemonSet' ? undefined : top;
  };
  const ownerOf = (object: Pod | Workload): Workload | undefined => {
    const reference = controllerOf(object);
    const resource = workloadResource(reference?.kind ?? '');
    if (reference === undefined || resource === undefined) return undefined;
    return storage.get(resource, keyOfParts(object.metadata.namespace, reference.name)) as unknown as
      | Workload
      | undefined;
  };

  return {
    settle: () => {
      const key = index.unsettled.draw(random);
      if (key !== undefined) change(key, nextState);
    },
    evict: () => {
      const found = runningPod();
      if (found !== undefined && ownerOf(found[1]) !== undefined) storage.delete('pods', found[0]);
    },
    restart: () => {
      const found = runningPod();
      if (found !== undefined) change(found[0], (pod) => restarted(pod, moment()));
    },
    crash: () => {
      const found = runningPod();
      if (found !== undefined)
        change(found[0], (pod) => crashed(pod, random() < 0.3 ? 'OOMKilled' : 'Error', moment()));
    },
    finishTask: () => {
      const key = index.tasks.draw(random);
      const pod = podAt(key);
      if (key === undefined || pod === undefined) return;
      if (isFinished(pod)) {
        storage.delete('pods', key);
        storage.create('pods', successor(pod, moment()));
      } else if (isReady(pod)) change(key, (task) => (random() < 0.8 ? completed : failed)(task, moment()));
    },
    scale: () => {
      const pod = podAt(index.pods.draw(random));
      const top = pod === undefined ? undefined : scalable(pod);
      if (top === undefined) return;
      const { uid } = top.metadata;
      const now = top.spec.replicas ?? 1;
      const initial = initialReplicas.get(uid) ?? now;
      initialReplicas.set(uid, initial);
      const spread = Math.max(1, Math.floor(initial / 4));
      const replicas = now + (random() < 0.5 ? 1 : -1);
      if (replicas < Math.max(1, initial - spread) || replicas > initial + spread) return;
      const resource = workloadResource(top.kind) ?? '';
      storage.modify(resource, keyOf(top), (current) => ({
        ...current,
        spec: { ...(current['spec'] as object), replicas },
      }));
    },
    flapNode: () => {
      const nodes = index.readyNodes.size + index.unreadyNodes.size;
      if (nodes < 2) return;
      const recovers =
        index.unreadyNodes.size > 0 && (random() < 0.5 || index.unreadyNodes.size >= Math.ceil(nodes / 20));
      const node = (recovers ? index.unreadyNodes : index.readyNodes).draw(random);
      const status = recovers ? 'True' : random() < 0.5 ? 'Unknown' : 'False';
      if (node !== undefined)
        storage.modify('nodes', node, (current) => withReadiness(current as unknown as Node, status, clock.now()));
    },
  };
}

/**
 * Returns undefined for a pod without a spec. A real API server refuses such a pod, but a test may create it
 * in-process.
 */
const withSpec = (pod: Pod | undefined): Pod | undefined =>
  (pod as { readonly spec?: unknown } | undefined)?.spec === undefined ? undefined : pod;

/** Returns a new run of a finished task. */
const successor = (task: Pod, { at, random }: Moment): Pod => {
  const { nodeName: _, ...spec } = task.spec;
  const { namespace, name, labels = {}, annotations = {} } = task.metadata;
  const template = templateOf({ spec: { selector: {}, template: { metadata: { labels, annotations }, spec } } });
  return pendingPod({
    template,
    namespace,
    name: `${name.replace(/-[^-]*$/, '')}-${nameSuffix(random)}`,
    uid: randomUid(random),
    at,
  });
};
