/**
 * The types of Kubernetes objects as JSON, deeply readonly.
 *
 * The types of client-node describe its own classes: timestamps are `Date`, and a few fields are renamed. kubefacet stores the parsed JSON,
 * so {@link Wire} converts these types. The file imports only types, so client-node is not loaded at run time.
 *
 * All readers of an informer share its objects. If a reader changed an object, the object would be wrong for every other reader. Therefore
 * the types are readonly at every depth, and a projection that changes its input does not compile.
 * @module
 */
import type * as k8s from '@kubernetes/client-node';

type Primitive = string | number | boolean | bigint | null | undefined;

/** client-node renames some fields whose names are keywords of a language: `from` is `_from`, and `default` is `_default`. */
type WireName<K> = K extends `_${infer Name}` ? Name : K;

/**
 * The JSON form of a type of client-node, deeply readonly: timestamps are strings (RFC 3339), and renamed fields have their original names.
 * Exception: `ref`, `schema` and `x_kubernetes_*` of `V1JSONSchemaProps` keep the names of client-node.
 * @example
 * type VolumeAttachment = Wire<k8s.V1VolumeAttachment>;
 */
export type Wire<T> = T extends Date
  ? string
  : T extends Primitive
    ? T
    : T extends readonly (infer U)[]
      ? readonly Wire<U>[]
      : T extends object
        ? { readonly [K in keyof T as WireName<K>]: Wire<T[K]> }
        : T;

export type V1ObjectMeta = Wire<k8s.V1ObjectMeta>;
export type V1OwnerReference = Wire<k8s.V1OwnerReference>;
export type V1Container = Wire<k8s.V1Container>;
export type V1PodSpec = Wire<k8s.V1PodSpec>;
export type V1PodStatus = Wire<k8s.V1PodStatus>;

export type V1Pod = Wire<k8s.V1Pod>;
export type V1Node = Wire<k8s.V1Node>;
export type V1Namespace = Wire<k8s.V1Namespace>;
export type V1Service = Wire<k8s.V1Service>;
export type V1ConfigMap = Wire<k8s.V1ConfigMap>;
export type V1Secret = Wire<k8s.V1Secret>;
/** `events` of the core group. */
export type V1Event = Wire<k8s.CoreV1Event>;
export type V1Endpoints = Wire<k8s.V1Endpoints>;
export type V1ServiceAccount = Wire<k8s.V1ServiceAccount>;
export type V1PersistentVolume = Wire<k8s.V1PersistentVolume>;
export type V1PersistentVolumeClaim = Wire<k8s.V1PersistentVolumeClaim>;
export type V1ReplicationController = Wire<k8s.V1ReplicationController>;
export type V1ResourceQuota = Wire<k8s.V1ResourceQuota>;
export type V1LimitRange = Wire<k8s.V1LimitRange>;
export type V1Deployment = Wire<k8s.V1Deployment>;
export type V1ReplicaSet = Wire<k8s.V1ReplicaSet>;
export type V1StatefulSet = Wire<k8s.V1StatefulSet>;
export type V1DaemonSet = Wire<k8s.V1DaemonSet>;
export type V1ControllerRevision = Wire<k8s.V1ControllerRevision>;
export type V1Job = Wire<k8s.V1Job>;
export type V1CronJob = Wire<k8s.V1CronJob>;
export type V2HorizontalPodAutoscaler = Wire<k8s.V2HorizontalPodAutoscaler>;
export type V1PodDisruptionBudget = Wire<k8s.V1PodDisruptionBudget>;
export type V1Ingress = Wire<k8s.V1Ingress>;
export type V1IngressClass = Wire<k8s.V1IngressClass>;
export type V1NetworkPolicy = Wire<k8s.V1NetworkPolicy>;
export type V1EndpointSlice = Wire<k8s.V1EndpointSlice>;
export type V1Lease = Wire<k8s.V1Lease>;
export type V1StorageClass = Wire<k8s.V1StorageClass>;
export type V1VolumeAttachment = Wire<k8s.V1VolumeAttachment>;
export type V1PriorityClass = Wire<k8s.V1PriorityClass>;
export type V1Role = Wire<k8s.V1Role>;
export type V1RoleBinding = Wire<k8s.V1RoleBinding>;
export type V1ClusterRole = Wire<k8s.V1ClusterRole>;
export type V1ClusterRoleBinding = Wire<k8s.V1ClusterRoleBinding>;
export type V1CustomResourceDefinition = Wire<k8s.V1CustomResourceDefinition>;
export type V1APIService = Wire<k8s.V1APIService>;
