/**
 * Makers of objects for tests, by key: `pod('shop/web', { node: 'n1' })`. An object contains the fields that the test passes and the
 * fields that every object of its kind has.
 * @module
 */
import { splitKey } from '../../key.ts';
import type { V1Event, V1Namespace, V1Node, V1ObjectMeta, V1OwnerReference, V1Pod } from '../../informers/wire-type.ts';

/** Fields of any object. */
export interface ObjectFields {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** Default: the beginning of 2026. */
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly V1OwnerReference[] | undefined;
}

/** The default `creationTimestamp` of objects for tests. */
export const CREATED = '2026-01-01T00:00:00Z';

/**
 * Returns metadata with the name and namespace of a key, a creation time, and the fields that the test passes.
 * @throws TypeError if the key is not valid: `a/b/c`, `shop/`
 */
export function metadata(key: string, fields: ObjectFields = {}): V1ObjectMeta {
  const { namespace, name } = splitKey(key);
  if (name === '' || name.includes('/') || key.startsWith('/')) {
    throw new TypeError(`"${key}" is not a key of an object; use name or namespace/name`);
  }
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    creationTimestamp: fields.creationTimestamp ?? CREATED,
    ...(fields.uid === undefined ? {} : { uid: fields.uid }),
    ...(fields.resourceVersion === undefined ? {} : { resourceVersion: fields.resourceVersion }),
    ...(fields.labels === undefined ? {} : { labels: { ...fields.labels } }),
    ...(fields.annotations === undefined ? {} : { annotations: { ...fields.annotations } }),
    ...(fields.deletionTimestamp === undefined ? {} : { deletionTimestamp: fields.deletionTimestamp }),
    ...(fields.finalizers === undefined ? {} : { finalizers: [...fields.finalizers] }),
    ...(fields.ownerReferences === undefined ? {} : { ownerReferences: [...fields.ownerReferences] }),
  };
}

/** An object of any kind, with a spec. */
export interface CustomObject<Spec> {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta;
  spec?: Spec;
}

/** An object of any kind: `customObject('example.com/v1', 'Widget', 'shop/a', { size: 3 })`. */
export function customObject<Spec>(
  apiVersion: string,
  kind: string,
  key: string,
  spec?: Spec,
  fields: ObjectFields = {},
): CustomObject<Spec> {
  return { apiVersion, kind, metadata: metadata(key, fields), ...(spec === undefined ? {} : { spec }) };
}

/** Returns a reference to the owner that controls an object. */
export function controlledBy(owner: {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined; readonly uid?: string | undefined } | undefined;
}): V1OwnerReference {
  return {
    apiVersion: owner.apiVersion ?? '',
    kind: owner.kind ?? '',
    name: owner.metadata?.name ?? '',
    uid: owner.metadata?.uid ?? '',
    controller: true,
  };
}

export interface PodFields extends ObjectFields {
  /** The value of `spec.nodeName`. */
  readonly node?: string | undefined;
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown' | undefined;
  /** The value of `status.podIP`. */
  readonly ip?: string | undefined;
  /** The status of the condition `Ready`. */
  readonly ready?: boolean | undefined;
  /** Default: one container `app` with the image `nginx`. */
  readonly containers?: readonly { readonly name: string; readonly image: string }[] | undefined;
  readonly serviceAccountName?: string | undefined;
}

/** A pod: `pod('shop/web', { node: 'n1', phase: 'Running' })`. */
export function pod(key: string, fields: PodFields = {}): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(key, fields),
    spec: {
      containers: (fields.containers ?? [{ name: 'app', image: 'nginx' }]).map((container) => ({ ...container })),
      ...(fields.node === undefined ? {} : { nodeName: fields.node }),
      ...(fields.serviceAccountName === undefined ? {} : { serviceAccountName: fields.serviceAccountName }),
    },
    status: {
      phase: fields.phase ?? (fields.node === undefined ? 'Pending' : 'Running'),
      ...(fields.ip === undefined ? {} : { podIP: fields.ip }),
      ...(fields.ready === undefined ? {} : { conditions: [readyCondition(fields.ready)] }),
    },
  };
}

export interface NodeFields extends ObjectFields {
  /** The value of the label `topology.kubernetes.io/zone`. */
  readonly zone?: string | undefined;
  /** The status of the condition `Ready`. */
  readonly ready?: boolean | undefined;
  readonly unschedulable?: boolean | undefined;
  /** The value of `status.allocatable` and of `status.capacity`. */
  readonly capacity?: Readonly<Record<string, string>> | undefined;
}

/** A node: `node('n1', { zone: 'a' })`. */
export function node(name: string, fields: NodeFields = {}): V1Node {
  refuseNamespace('node', name);
  const zone = fields.zone === undefined ? {} : { 'topology.kubernetes.io/zone': fields.zone };
  const labels = { 'kubernetes.io/hostname': name, ...zone, ...fields.labels };
  const capacity =
    fields.capacity === undefined ? {} : { capacity: { ...fields.capacity }, allocatable: { ...fields.capacity } };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata(name, { ...fields, labels }),
    spec: fields.unschedulable === undefined ? {} : { unschedulable: fields.unschedulable },
    status: { ...capacity, ...(fields.ready === undefined ? {} : { conditions: [readyCondition(fields.ready)] }) },
  };
}

/** A namespace. */
export function namespace(
  name: string,
  fields: ObjectFields & { readonly phase?: 'Active' | 'Terminating' } = {},
): V1Namespace {
  refuseNamespace('namespace', name);
  const labels = { 'kubernetes.io/metadata.name': name, ...fields.labels };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: metadata(name, { ...fields, labels }),
    status: { phase: fields.phase ?? 'Active' },
  };
}

export interface EventFields extends ObjectFields {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly type?: 'Normal' | 'Warning' | undefined;
  readonly count?: number | undefined;
  readonly lastTimestamp?: string | undefined;
}

/** An Event about an object: `event('shop/web.1', pod('shop/web'), { reason: 'BackOff', type: 'Warning' })`. */
export function event(
  key: string,
  about: {
    readonly apiVersion?: string | undefined;
    readonly kind?: string | undefined;
    readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly uid?: string } | undefined;
  },
  fields: EventFields = {},
): V1Event {
  const timestamp = fields.lastTimestamp ?? CREATED;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: metadata(key, fields),
    involvedObject: {
      ...(about.apiVersion === undefined ? {} : { apiVersion: about.apiVersion }),
      ...(about.kind === undefined ? {} : { kind: about.kind }),
      ...(about.metadata?.name === undefined ? {} : { name: about.metadata.name }),
      ...(about.metadata?.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      ...(about.metadata?.uid === undefined ? {} : { uid: about.metadata.uid }),
    },
    reason: fields.reason ?? 'Tested',
    message: fields.message ?? '',
    type: fields.type ?? 'Normal',
    count: fields.count ?? 1,
    firstTimestamp: timestamp,
    lastTimestamp: timestamp,
  };
}

function refuseNamespace(maker: string, name: string): void {
  if (name.includes('/')) throw new TypeError(`${maker}("${name}"): a ${maker} has no namespace; use its name`);
}

function readyCondition(ready: boolean): { type: string; status: string } {
  return { type: 'Ready', status: ready ? 'True' : 'False' };
}
