/**
 * Pods and nodes of a cluster of any size. The number of pods on a node does not depend on it, as in life; the number of pods in a
 * namespace grows with it.
 */
import type { V1Node, V1Pod } from '../src/informers/index.ts';

const PODS_ON_A_NODE = 30;
const NAMESPACES = 20;
const ZONES = 3;
const PHASES = ['Running', 'Pending', 'Succeeded', 'Failed'] as const;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');

/** The parts of a pod that stay the same. */
interface PodFrame {
  readonly metadata: NonNullable<V1Pod['metadata']>;
  readonly nodeName: string;
  readonly podIP: string;
}

export class Workload {
  readonly pods: number;
  readonly nodes: number;
  readonly #frames: readonly PodFrame[];

  constructor(pods: number) {
    this.pods = pods;
    this.nodes = Math.ceil(pods / PODS_ON_A_NODE);
    this.#frames = Array.from({ length: pods }, (_, index) => frame(index, this.nodes));
  }

  /** A pod as it is after so many changes of its own; each differs from the one before in phase, cpu and condition. */
  pod(index: number, change: number, version: number): V1Pod {
    const { metadata, nodeName, podIP } = this.#frames[index % this.pods] ?? frame(index, this.nodes);
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

function frame(index: number, nodes: number): PodFrame {
  return {
    metadata: {
      name: `web-${index.toString(36).padStart(5, '0')}`,
      namespace: `team-${index % NAMESPACES}`,
      uid: `pod-${index}`,
      creationTimestamp: new Date(BEGIN + index * 1000).toISOString(),
      labels: { app: 'web', 'pod-template-hash': (index % 977).toString(36) },
    },
    nodeName: nodeName(index % nodes),
    podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
  };
}

function nodeName(index: number): string {
  return `node-${index}`;
}
