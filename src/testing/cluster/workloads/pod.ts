/**
 * Pods as their controllers create them, owner references, and predicates on pods.
 * @module
 */
import type { KubernetesObject, OwnerReference } from '../../../server/wire/object.ts';
import type { PodTemplate } from './pod-template.ts';
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import type { Pod, Workload } from './types.ts';

export interface PodOptions {
  readonly template: PodTemplate;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The ReplicaSet, StatefulSet or DaemonSet that owns the pod. */
  readonly owner?: Workload | undefined;
  /** The labels that the owner adds to those of the template. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The creation time in milliseconds since the epoch. */
  readonly at: number;
}

/** Returns a pod as its controller creates it: without a node, in the phase Pending. */
export function pendingPod({ template, namespace, name, uid, owner, labels, at }: PodOptions): Pod {
  const time = timestampOf(at);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(owner === undefined ? {} : { generateName: `${owner.metadata.name}-` }),
      namespace,
      uid,
      creationTimestamp: time,
      labels: { ...template.metadata.labels, ...labels },
      annotations: template.metadata.annotations,
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
      managedFields: [
        {
          manager: owner === undefined ? 'kubectl-create' : 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time,
          fieldsType: 'FieldsV1',
          fieldsV1: template.controllerFields,
        },
      ],
    },
    spec: template.spec,
    status: { phase: 'Pending', conditions: [], qosClass: 'Burstable' },
  };
}

/** Returns a controller reference, as the workload controllers write it. */
export function ownerReference({ apiVersion, kind, metadata }: Workload): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Returns the reference to the controller of an object, or undefined. */
export function controllerOf({ metadata }: Pick<KubernetesObject, 'metadata'>): OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

export function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Returns true if the scheduler has found no node for the pod. */
export function isUnschedulable(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === 'PodScheduled' && status === 'False');
}

/** Returns true if the pod has succeeded or failed. Controllers no longer count it. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
