/**
 * Generates the objects of a plausible cluster: nodes, namespaces, workloads with their pods, and Services. The same options give the
 * same objects.
 * @module
 */
import { nodeApplications, statefulApplications, statelessApplications, type Application } from './applications.ts';
import { readyNode } from './node.ts';
import { NodeLoads } from './node-loads.ts';
import { podAddresses, type PodAddresses } from './placement.ts';
import { podTemplate } from './pod-template.ts';
import { pick, randomInteger, randomUid, RandomSet, seededRandom, type RandomNumber } from './random.ts';
import { barePod, podsOf } from './seeded-pods.ts';
import { serviceMaker, type ServiceMaker } from './service.ts';
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import {
  type Namespace,
  type Node,
  type Pod,
  type Service,
  type WorkloadKind,
  type Workload,
  workloadResource,
} from './types.ts';
import { workloadTree } from './workload.ts';
import type { Storage } from '../storage/storage.ts';

export interface SeedOptions {
  /** The exact number of pods. Default 500. */
  readonly pods?: number | undefined;
  /** The number of nodes. Default: one for 30 pods, at least 3. */
  readonly nodes?: number | undefined;
  /**
   * The number of namespaces with applications, besides `kube-system` and `default`. Default: it grows with the square
   * root of the number of pods.
   */
  readonly namespaces?: number | undefined;
  /** The seed of the random numbers. The same options give the same objects. Default 1. */
  readonly seed?: number | undefined;
  /** The time of the snapshot in milliseconds since the epoch. Objects were created in the 30 days before it. */
  readonly at: number;
}

/** An object and the name of its resource in storage. */
export interface SeededObject {
  readonly resource: string;
  readonly object: Namespace | Node | Workload | Pod | Service;
}

const DAY = 86_400_000;
const AGE = 30 * DAY;

const NAMESPACES = ['shop', 'payments', 'search', 'logistics', 'analytics', 'identity', 'media', 'support'];

/**
 * Generates the objects of a cluster: nodes in three zones, namespaces, Deployments with their ReplicaSets,
 * StatefulSets, DaemonSets, and all their pods. Deployments and StatefulSets have Services. Some pods have no owner. Most pods run and are ready; a few are
 * unschedulable, crash, or have ended. Owners come before their pods, and their counts match the pods.
 */
export function* seedObjects(options: SeedOptions): Generator<SeededObject> {
  const { pods = 500, seed = 1, at } = options;
  const nodeCount = options.nodes ?? Math.max(3, Math.ceil(pods / 30));
  const namespaceCount = options.namespaces ?? Math.max(3, Math.round(Math.sqrt(pods) / 4));
  const random = seededRandom(seed);
  const start = at - AGE;

  const names = namespaceNames(namespaceCount);
  for (const name of ['default', 'kube-system', ...names])
    yield { resource: 'namespaces', object: namespace(name, random, start) };

  const nodes: Node[] = [];
  for (let index = 0; index < nodeCount; index++) {
    const node = readyNode({ index, random, at: start + Math.floor(random() * DAY) });
    nodes.push(node);
    yield { resource: 'nodes', object: node };
  }

  const nodesByName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const nodeNames = new RandomSet<string>();
  const loads = new NodeLoads();
  for (const node of nodes) {
    nodeNames.add(node.metadata.name);
    loads.setNode(node);
  }
  const addresses = podAddresses();
  // Services have their own random numbers, so that a seed gives the same pods with and without them.
  const serviceOf = serviceMaker(seededRandom(seed + 1));
  const scene: Scene = {
    random,
    nodes: nodesByName,
    nodeNames,
    loads,
    addresses,
    serviceOf,
    start: start + DAY,
    end: at,
  };
  for (const share of shares({ pods, nodes: nodeCount, namespaces: names, random })) yield* objectsOf(share, scene);
}

/**
 * Creates the objects of {@link seedObjects} in storage, except namespaces that exist. Returns the number of created
 * objects.
 */
export function seedCluster(storage: Storage, options: SeedOptions): number {
  let created = 0;
  for (const { resource, object } of seedObjects(options)) {
    if (resource === 'namespaces' && storage.get(resource, object.metadata.name) !== undefined) continue;
    storage.create(resource, object);
    created++;
  }
  return created;
}

/** The values that all parts of one generated cluster share. */
interface Scene {
  readonly random: RandomNumber;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly nodeNames: RandomSet<string>;
  readonly loads: NodeLoads;
  readonly addresses: PodAddresses;
  readonly serviceOf: ServiceMaker;
  readonly start: number;
  readonly end: number;
}

/** One workload, or the pods without an owner of one namespace. */
interface Share {
  readonly kind: WorkloadKind | 'bare';
  readonly application: Application;
  readonly namespace: string;
  readonly pods: number;
}

/**
 * Divides the pods among workloads. DaemonSets get less than a fifth, pods without an owner a fiftieth, StatefulSets a
 * tenth, and Deployments the rest. Every namespace gets `web` before any namespace gets another application.
 */
const shares = (options: Division & { readonly pods: number; readonly nodes: number }): readonly Share[] => {
  const { pods, nodes } = options;
  const onNodes = nodeApplications.slice(0, nodes === 0 ? 0 : Math.floor(pods / 5 / nodes));
  const left = pods - onNodes.length * nodes;
  const bare = Math.floor(left / 50);
  const stateful = Math.floor(left / 10);
  return [
    ...onNodes.map((application): Share => ({ kind: 'DaemonSet', application, namespace: 'kube-system', pods: nodes })),
    ...divided('StatefulSet', statefulApplications, stateful, options),
    ...divided('Deployment', statelessApplications, left - bare - stateful, options),
    ...(bare > 0
      ? [{ kind: 'bare', application: statelessApplications[0], namespace: 'default', pods: bare } as const]
      : []),
  ];
};

/** The namespaces of applications, and the source of random sizes. */
interface Division {
  readonly namespaces: readonly string[];
  readonly random: RandomNumber;
}

/** Returns workloads of different sizes. They have `pods` pods in total, and each has at least one. */
const divided = (
  kind: WorkloadKind,
  applications: readonly Application[],
  pods: number,
  { namespaces, random }: Division,
): readonly Share[] => {
  const places = applications
    .flatMap((application) => namespaces.map((namespace) => ({ application, namespace })))
    .slice(0, Math.min(pods, Math.max(namespaces.length, Math.ceil(pods / 4))));
  const weights = places.map(() => 0.2 + random());
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const spare = pods - places.length;
  const sizes = weights.map((one) => 1 + Math.floor((spare * one) / weight));
  const rest = pods - sizes.reduce((sum, size) => sum + size, 0);
  return places.map((place, index) => ({ kind, ...place, pods: (sizes[index] ?? 0) + (index < rest ? 1 : 0) }));
};

function* objectsOf({ kind, application, namespace, pods }: Share, scene: Scene): Generator<SeededObject> {
  const { random, serviceOf, start, end } = scene;
  const at = start + Math.floor(random() * (end - start - DAY));
  if (kind === 'bare') {
    for (let index = 0; index < pods; index++)
      yield { resource: 'pods', object: barePod({ ...scene, application, namespace, index }) };
    return;
  }
  const template = podTemplate({ application, namespace });
  const tree = workloadTree({ kind, name: application.name, namespace, template, replicas: pods, random, at });
  const podsOfTree = podsOf(tree.owner, { ...scene, template, replicas: pods, since: at });
  for (const object of tree.withPods(podsOfTree)) yield { resource: workloadResource(object.kind) ?? '', object };
  for (const object of podsOfTree) yield { resource: 'pods', object };
  if (kind === 'DaemonSet') return;
  const { name, port } = application;
  yield {
    resource: 'services',
    object: serviceOf({ kind, name, namespace, port, at, labels: template.metadata.labels }),
  };
}

const namespaceNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => NAMESPACES[index] ?? `team-${String(index + 1).padStart(3, '0')}`);

const namespace = (name: string, random: RandomNumber, at: number): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    uid: randomUid(random),
    creationTimestamp: timestampOf(at + randomInteger(random, 0, 3_600_000)),
    labels: {
      'kubernetes.io/metadata.name': name,
      'example.com/cost-center': pick(random, ['cc-100', 'cc-200', 'cc-300']),
    },
  },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});
