/**
 * The types of generated objects, and the resources of workloads.
 * @module
 */
import type { KubernetesObject, ObjectMeta } from '../../../server/wire/object.ts';

/** The metadata of an object that has been created. */
export interface CreatedMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly lastTransitionTime: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastProbeTime?: null;
  readonly lastHeartbeatTime?: string | undefined;
}

/** The state of a container. Exactly one of the three fields is set. */
export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly containerID: string;
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string | undefined;
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface PodStatus {
  readonly phase: PodPhase;
  readonly conditions: readonly Condition[];
  readonly containerStatuses?: readonly ContainerStatus[] | undefined;
  readonly hostIP?: string | undefined;
  readonly podIP?: string | undefined;
  readonly podIPs?: readonly { readonly ip: string }[] | undefined;
  readonly startTime?: string | undefined;
  readonly qosClass: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly nodeName?: string | undefined;
  readonly restartPolicy: 'Always' | 'Never' | 'OnFailure';
  readonly [field: string]: unknown;
}

export interface Pod extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: CreatedMeta & { readonly namespace: string };
  readonly spec: PodSpec;
  /** Clients may create pods without a status or with parts of one. */
  readonly status?: Partial<PodStatus> | undefined;
}

export interface Node extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Node';
  readonly metadata: CreatedMeta;
  readonly spec: {
    readonly podCIDR?: string | undefined;
    readonly providerID?: string | undefined;
    readonly taints?: readonly object[] | undefined;
  };
  readonly status: {
    readonly conditions: readonly Condition[];
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly [field: string]: unknown;
  };
}

export interface Namespace extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Namespace';
  readonly metadata: CreatedMeta;
  readonly spec: { readonly finalizers: readonly string[] };
  readonly status: { readonly phase: 'Active' };
}

/** A Service that selects the pods of one workload. */
export interface Service extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: CreatedMeta & { readonly namespace: string };
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    /** `None` for a headless Service. */
    readonly clusterIP: string;
    readonly [field: string]: unknown;
  };
  readonly status: object;
}

/** The kinds of workloads. */
export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet';

/** A Deployment, ReplicaSet, StatefulSet or DaemonSet. */
export interface Workload extends KubernetesObject {
  readonly apiVersion: 'apps/v1';
  readonly kind: WorkloadKind;
  readonly metadata: CreatedMeta & { readonly namespace: string };
  readonly spec: { readonly replicas?: number | undefined; readonly selector: object; readonly template: object };
  readonly status?: Readonly<Record<string, unknown>> | undefined;
}

const RESOURCES: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
};

/** The names of the resources of workloads in storage. */
export const workloadResources: readonly string[] = Object.values(RESOURCES);

/** Returns the resource of a kind of workload, or undefined for other kinds. */
export function workloadResource(kind: string): string | undefined {
  return RESOURCES[kind as WorkloadKind];
}
