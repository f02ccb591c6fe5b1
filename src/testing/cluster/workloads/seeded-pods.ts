/**
 * The pods of a generated cluster, in the states that a real cluster shows.
 * @module
 */
import type { Application } from './applications.ts';
import type { NodeLoads } from './node-loads.ts';
import { placementOf, type PodAddresses } from './placement.ts';
import {
  completed,
  crashed,
  failed,
  ready,
  restarted,
  running,
  scheduled,
  unschedulable,
  type Moment,
} from './pod-lifecycle.ts';
import { podTemplate, type PodTemplate } from './pod-template.ts';
import { pendingPod } from './pod.ts';
import { nameSuffix, randomInteger, randomUid, type RandomNumber, type RandomSet } from './random.ts';
import type { Node, Pod, Workload } from './types.ts';

/** The nodes and addresses for pods, and the limit of their creation times. */
export interface PodScene {
  readonly random: RandomNumber;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly nodeNames: RandomSet<string>;
  /** The loads of the nodes, with the pods that were generated before. */
  readonly loads: NodeLoads;
  readonly addresses: PodAddresses;
  /** The end of the generated history in milliseconds since the epoch. */
  readonly end: number;
}

const MINUTE = 60_000;

/** Returns the pods of a workload, in various states. */
export function podsOf(
  owner: Workload,
  scene: PodScene & { readonly template: PodTemplate; readonly replicas: number; readonly since: number },
): readonly Pod[] {
  const { random, nodes, template, replicas, since, end } = scene;
  const nodeNames = [...nodes.keys()];
  return podNames(owner, replicas, random).map((name, index) => {
    const at = since + Math.floor(random() * (end - since - 30 * MINUTE));
    const pending = pendingPod({
      template,
      namespace: owner.metadata.namespace,
      name,
      uid: randomUid(random),
      owner,
      labels: ownerLabels(owner, name),
      at,
    });
    const nodeName = owner.kind === 'DaemonSet' ? nodeNames[index] : undefined;
    return inRandomState(pending, scene, at, nodeName);
  });
}

/** Returns a pod without an owner. Every second one is a task that has ended. */
export function barePod(
  scene: PodScene & { readonly application: Application; readonly namespace: string; readonly index: number },
): Pod {
  const { random, application, namespace, index, end } = scene;
  const task = index % 2 === 1;
  const at = end - randomInteger(random, 10 * MINUTE, 1000 * MINUTE);
  const pending = pendingPod({
    template: podTemplate({ application, namespace, ...(task ? { restartPolicy: 'Never' } : {}) }),
    namespace,
    name: `${task ? 'task' : 'debug'}-${index + 1}`,
    uid: randomUid(random),
    at,
  });
  if (!task) return inRandomState(pending, scene, at);
  const started = placed(pending, scene, at);
  const moment: Moment = { at: at + 5 * MINUTE, random };
  if (started.status?.phase === 'Pending') return started;
  return random() < 0.8 ? completed(started, moment) : failed(started, moment);
}

/** Returns names as controllers assign them: ordinals in a StatefulSet, random suffixes elsewhere. */
const podNames = (owner: Workload, replicas: number, random: RandomNumber): readonly string[] => {
  const names = new Set<string>();
  while (names.size < replicas)
    names.add(`${owner.metadata.name}-${owner.kind === 'StatefulSet' ? names.size : nameSuffix(random)}`);
  return [...names];
};

/** Returns the labels that a controller adds to its pods. */
export function ownerLabels(owner: Workload, podName: string): Readonly<Record<string, string>> {
  const { labels = {}, name } = owner.metadata;
  const revision = { 'controller-revision-hash': `${name}-1` };
  if (owner.kind === 'StatefulSet') {
    const index = podName.slice(podName.lastIndexOf('-') + 1);
    return { ...revision, 'apps.kubernetes.io/pod-index': index, 'statefulset.kubernetes.io/pod-name': podName };
  }
  const hash = labels['pod-template-hash'];
  return owner.kind === 'ReplicaSet' && hash !== undefined ? { 'pod-template-hash': hash } : revision;
}

/**
 * Returns the pod in a random state: one in a hundred is unschedulable, one in seventy crashes, one in thirty has
 * restarted. The others are ready.
 */
const inRandomState = (pending: Pod, scene: PodScene, at: number, node?: string): Pod => {
  const { random } = scene;
  const state = random();
  if (state < 0.01 && node === undefined) return unschedulable(pending, { at, random });
  const started = placed(pending, scene, at, node);
  if (started.status?.phase === 'Pending') return started;
  const later: Moment = { at: at + 20_000, random };
  if (state < 0.024) return crashed(restarted(started, later), state < 0.015 ? 'OOMKilled' : 'Error', later);
  return ready(state < 0.055 ? restarted(started, later) : started, later);
};

/** Returns the pod scheduled and running, or pending if no node has room for it. */
const placed = (pending: Pod, scene: PodScene, at: number, nodeName?: string): Pod => {
  const { random, nodes, nodeNames, loads, addresses } = scene;
  const name = nodeName ?? placementOf(pending, nodeNames, loads, random);
  const node = name === undefined ? undefined : nodes.get(name);
  if (node === undefined) return unschedulable(pending, { at, random });
  const pod = scheduled(pending, node, { at, random });
  loads.change(undefined, pod);
  const moment: Moment = { at: at + 2000, random };
  return running(pod, node, addresses.take(node), moment);
};
