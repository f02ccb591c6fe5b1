/**
 * Pods and nodes of a cluster of any size, and the changes of its pods. The number of pods per node is constant, as in real clusters. The
 * number of pods per namespace grows with the size.
 * @module
 */
import type { V1Node, V1Pod } from '../../src/informers/index.ts';
import type { RandomNumber } from '../../src/testing/index.ts';

const PODS_PER_NODE = 30;
const NAMESPACES = 20;
const ZONES = 3;
const PHASES = ['Running', 'Pending', 'Succeeded', 'Failed'] as const;
const START = Date.parse('2026-01-01T00:00:00Z');

/** The parts of a pod that never change. */
interface PodIdentity {
  readonly metadata: NonNullable<V1Pod['metadata']>;
  readonly nodeName: string;
  readonly podIP: string;
}

export class Workload {
  readonly pods: number;
  readonly nodes: number;
  readonly #identities: readonly PodIdentity[];

  constructor(pods: number) {
    this.pods = pods;
    this.nodes = Math.ceil(pods / PODS_PER_NODE);
    this.#identities = Array.from({ length: pods }, (_, index) => identityOf(index, this.nodes));
  }

  /** Returns a pod after a number of changes. Each change modifies phase, CPU request and condition. */
  pod(index: number, change: number, version: number): V1Pod {
    const { metadata, nodeName, podIP } = this.#identities[index % this.pods] ?? identityOf(index, this.nodes);
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, resourceVersion: String(version) },
      spec: {
        nodeName,
        serviceAccountName: 'default',
        containers: [
          {
            name: 'app',
            image: 'registry.example/app:1.0',
            resources: { requests: { cpu: `${100 + (change % 900)}m`, memory: '256Mi' } },
          },
        ],
      },
      status: {
        phase: PHASES[change % PHASES.length] ?? 'Unknown',
        podIP,
        conditions: [{ type: 'Ready', status: change % 2 === 0 ? 'True' : 'False' }],
      },
    };
  }

  allPods(): V1Pod[] {
    return Array.from({ length: this.pods }, (_, index) => this.pod(index, 0, index));
  }

  allNodes(): V1Node[] {
    return Array.from({ length: this.nodes }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName(index),
        uid: `node-${index}`,
        resourceVersion: String(index),
        labels: { 'topology.kubernetes.io/zone': `zone-${index % ZONES}` },
      },
      status: { allocatable: { cpu: '32', memory: '128Gi', pods: '110' } },
    }));
  }
}

/** Returns successive states of the pods of a workload. */
export class PodChanges {
  readonly #workload: Workload;
  readonly #changes: Uint32Array;
  #version: number;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#changes = new Uint32Array(workload.pods);
    this.#version = workload.pods;
  }

  /** Returns the next state of a pod. The first state is that of the list, so the first call returns the second one. */
  next(index: number): V1Pod {
    const change = (this.#changes[index] ?? 0) + 1;
    this.#changes[index] = change;
    this.#version += 1;
    return this.#workload.pod(index, change, this.#version);
  }
}

/** Returns `count` random indices below `size`. */
export function randomPods(size: number, count: number, random: RandomNumber): Uint32Array {
  return Uint32Array.from({ length: count }, () => Math.floor(random() * size));
}

function identityOf(index: number, nodes: number): PodIdentity {
  return {
    metadata: {
      name: `web-${index.toString(36).padStart(5, '0')}`,
      namespace: `team-${index % NAMESPACES}`,
      uid: `pod-${index}`,
      creationTimestamp: new Date(START + index * 1000).toISOString(),
      labels: { app: 'web', 'pod-template-hash': (index % 977).toString(36) },
    },
    nodeName: nodeName(index % nodes),
    podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
  };
}

function nodeName(index: number): string {
  return `node-${index}`;
}
