/**
 * Reads and deletes objects of a cluster. An object that is missing counts as deleted.
 * @module
 */
import { isNotFound, type KubeTransport } from '../../informers/index.ts';
import type { ObjectKind } from './object-kinds.ts';

/** The fields of an object that the command reads. */
export interface ReadFields {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly unknown[];
  };
  readonly spec?: { readonly service?: { readonly name?: string; readonly namespace?: string } | null };
  readonly status?: { readonly conditions?: readonly { readonly status?: string; readonly message?: string }[] };
  readonly type?: string;
}

/** An object that exists. */
export interface FoundObject {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly fields: ReadFields;
}

/** The objects of one cluster. */
export class ClusterObjects {
  readonly transport: KubeTransport;
  readonly signal: AbortSignal;

  constructor(transport: KubeTransport, signal: AbortSignal) {
    this.transport = transport;
    this.signal = signal;
  }

  /** Returns an object, or undefined if it does not exist. */
  async find(kind: ObjectKind, name: string, namespace?: string): Promise<FoundObject | undefined> {
    const path = `${pathOf(kind, namespace)}/${encodeURIComponent(name)}`;
    const fields = await orUndefined(this.transport.get<ReadFields>(path, { signal: this.signal }));
    return fields === undefined ? undefined : foundObject(kind, fields);
  }

  /** Returns the objects with the labels; none if the cluster does not have the kind. */
  async list(kind: ObjectKind, namespace: string | undefined, labels: ObjectLabels): Promise<FoundObject[]> {
    const labelSelector = Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    const options = { query: { labelSelector: labelSelector || undefined }, signal: this.signal };
    const list = await orUndefined(
      this.transport.get<{ readonly items?: readonly ReadFields[] }>(pathOf(kind, namespace), options),
    );
    return (list?.items ?? []).map((fields) => foundObject(kind, fields));
  }

  /** Begins the deletion of an object. The uid excludes an object that was created with the same name in the meantime. */
  async delete({ kind, name, namespace, uid }: FoundObject, propagationPolicy = 'Background'): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy };
    const path = `${pathOf(kind, namespace)}/${encodeURIComponent(name)}`;
    await orUndefined(this.transport.send(path, { method: 'DELETE', body, signal: this.signal }));
  }

  /** Returns the object if it still exists. Another object with the same name does not count. */
  async remaining({ kind, name, namespace, uid }: FoundObject): Promise<FoundObject | undefined> {
    const now = await this.find(kind, name, namespace);
    return now?.uid === uid ? now : undefined;
  }
}

/** Labels by name. */
export type ObjectLabels = Readonly<Record<string, string>>;

/** Returns an object as messages show it: `Deployment apps/mine`. */
export function shown({ kind: { kind }, name, namespace }: Omit<FoundObject, 'uid' | 'fields'>): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Returns the group version of an APIService: `example.com/v1`. */
export function groupVersionOf({ name }: FoundObject): string {
  const [version = '', group = ''] = name.split(/\.(.*)/s);
  return `${group}/${version}`;
}

/** Returns whether an object has the labels. */
export function hasLabels({ fields }: FoundObject, labels: ObjectLabels): boolean {
  return Object.entries(labels).every(([name, value]) => fields.metadata?.labels?.[name] === value);
}

function foundObject(kind: ObjectKind, fields: ReadFields): FoundObject {
  const { name = '', namespace, uid = '' } = fields.metadata ?? {};
  return { kind, name, namespace, uid, fields };
}

function pathOf({ root, plural }: ObjectKind, namespace: string | undefined): string {
  return `${root}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`;
}

async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
