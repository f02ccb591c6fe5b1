/**
 * The names that snippets of the documentation use without declaring them. They have types, but no values, because no snippet runs.
 * @module
 */
import type {
  Collection,
  GroupVersionResource,
  V1Event,
  InformerFactory,
  V1ConfigMap,
  V1DaemonSet,
  V1Deployment,
  V1Namespace,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ReplicaSet,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from '../../src/informers/index.ts';
import type { Identity } from '../../src/projections/index.ts';
import type { ApiServer, Handlers, Logger, Resource, Schema } from '../../src/server/index.ts';
import type { FakeCluster } from '../../src/testing/index.ts';

export { runningPods } from '../../examples/running-pods.ts';
export { expect } from 'chai';
export * as http from 'node:http';
export * as fc from 'fast-check';
export * as rx from 'rxjs';
export { KubeConfig } from '@kubernetes/client-node';
export type * as k8s from '@kubernetes/client-node';

// Collections.
export declare const pods: Collection<V1Pod>;
export declare const nodes: Collection<V1Node>;
export declare const namespaces: Collection<V1Namespace>;
export declare const services: Collection<V1Service>;
export declare const deployments: Collection<V1Deployment>;
export declare const replicaSets: Collection<V1ReplicaSet>;
export declare const statefulSets: Collection<V1StatefulSet>;
export declare const daemonSets: Collection<V1DaemonSet>;
export declare const claims: Collection<V1PersistentVolumeClaim>;
export declare const configMaps: Collection<V1ConfigMap>;
export declare const secrets: Collection<V1Secret>;
export declare const events: Collection<V1Event>;
export declare const podMetrics: Collection<PodMetrics>;
export declare const placements: Collection<PodPlacement>;
export declare const informers: InformerFactory;
export declare const widgets: GroupVersionResource;

/** Metrics of a pod, as a metrics server reports them. */
export interface PodMetrics {
  readonly metadata: Identity;
  readonly usage: { readonly cpu: string; readonly memory: string };
}

// A projection and the functions that it consists of.
export interface PodPlacement {
  readonly metadata: Identity;
  readonly zone: string;
}
export declare function podPlacements(pods: Collection<V1Pod>, nodes: Collection<V1Node>): Collection<PodPlacement>;
export declare function isRunning(pod: V1Pod): boolean;
export declare function zoneOf(node: V1Node | undefined): string;
export declare function restartsOf(pod: V1Pod): number;
export declare function configMapKeysOf(pod: V1Pod): string[];
export declare function renewalOf(secret: V1Secret): number;
export declare function expiryOf(secret: V1Secret): number;
export declare function claimNameOf(pod: V1Pod): string | undefined;
export declare function claimNamesOf(pod: V1Pod): string[];
export declare function createdAt(object: V1Pod): number;
export declare const DAY: number;
export declare function podRequests(spec: V1Pod['spec'], resource: 'cpu' | 'memory'): bigint;

// Servers.
export declare const server: ApiServer;
export declare function podSummaries(pods: Collection<V1Pod>): Resource;
export declare function linesOf(shop: string | undefined, signal: AbortSignal): AsyncIterable<string>;
export declare function logOf(name: string | undefined): string;
export declare const log: Logger;
export declare const schema: Schema;
export declare const cert: string;
export declare const key: string;
export declare const ca: string;
export declare const caBundle: string;
export declare const signal: AbortSignal;
export declare const cluster: FakeCluster;

/** A custom resource of your own, in the cluster. */
export interface Widget {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly size: number };
}

/** A custom resource that the server stores. */
export interface Task {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly title: string; readonly done: boolean; readonly author?: string };
}
export declare const taskHandlers: Handlers<Task>;

/** Two versions of a custom resource. */
export interface TaskV1 {
  readonly spec: { readonly title: string };
}
export interface TaskV2 {
  readonly spec: { readonly name: { readonly short: string } };
}
