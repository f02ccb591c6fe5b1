import type { KubernetesObject, OwnerReference } from '../../../server/wire/object.ts';
import type { PodTemplate } from './pod-template.ts';
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import type { Pod, Workload } from './types.ts';

export interface PodOptions {
  readonly template: PodTemplate;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The ReplicaSet, StatefulSet or DaemonSet the pod belongs to. */
  readonly owner?: Workload | undefined;
  /** Labels the owner adds to those of the template. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** When it is made, in milliseconds since the epoch. */
  readonly at: number;
}

/** A pod as its controller creates it: no node yet, phase Pending. */
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

/** A controlling reference, as the workload controllers write it. */
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

/** The object that controls this one, if there is one. */
export function controllerOf({ metadata }: Pick<KubernetesObject, 'metadata'>): OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

export function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Has ended, well or badly: controllers do not count it any more. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
