/**
 * The rules by which objects are created, updated and deleted in a store. It is a small version of the generic registry
 * of kube-apiserver.
 * @module
 */
import { groupResourceOf } from '../../../server/wire/writes/written-kind.ts';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { alreadyExists, conflict, notFound } from '../../../server/wire/status.ts';
import type { DeleteOptions } from '../../../server/wire/writes/delete-options.ts';
import type { Clock } from '../../../clock.ts';
import {
  generatedName,
  newObject,
  terminatingObject,
  updatedObject,
  type WritePart,
  type Writer,
} from '../../../server/wire/writes/object-writes.ts';
import {
  completedNamespace,
  namespaceDeletion,
  requireLiveNamespace,
  type NamespaceDeletion,
} from './namespace-lifecycle.ts';
import { requireValid } from '../../../server/wire/writes/metadata-causes.ts';
import { resourceNameOf, type ResourceKind } from '../kinds/resource-kind.ts';
import type { ResourceTable } from './resource-table.ts';
import type { RevisionChange, RevisionStore } from './revision-store.ts';
import { keyOfParts, keyOf, splitKey } from '../../../key.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

export type { DeleteOptions } from '../../../server/wire/writes/delete-options.ts';

export interface RegistryWriteOptions {
  /** If true, the write is checked but not stored. Default false. */
  readonly dryRun?: boolean | undefined;
  /**
   * An `owner` (default) may set uid, creationTimestamp and status of a new object. A `client` is treated like a
   * request to the real server: these fields are overwritten, and the defaults of the kind are set.
   */
  readonly writer?: Writer | undefined;
}

export interface UpdateOptions extends RegistryWriteOptions {
  /** The part of the object to replace. Default `whole`. A client's PUT replaces `main` or `status`. */
  readonly part?: WritePart | undefined;
}

export interface ObjectRegistryOptions {
  readonly clock: Clock;
  readonly uid: () => string;
  readonly random: () => number;
}

const MAX_NAME_RETRIES = 8;

const isNamespaces = (kind: ResourceKind): boolean => resourceNameOf(kind) === 'namespaces';

/** Returns the key of an object of the kind. A namespaced object without a namespace is in `default`. */
export function keyInScope(kind: ResourceKind, namespace: string | undefined, name: string): string {
  return kind.namespaced === false ? name : keyOfParts(namespace || 'default', name);
}

const requirePreconditions = (
  kind: ResourceKind,
  { metadata }: CompleteObject,
  preconditions: NonNullable<DeleteOptions['preconditions']>,
): void => {
  const refuse = (field: string, expected: string, actual: string, explanation: string): never => {
    const why = `the ${field} in the precondition (${expected}) does not match the ${field} in record (${actual}). The object might have been ${explanation}`;
    // kube-apiserver names the kind in this error; in other errors it names the resource.
    throw conflict({ group: kind.group, resource: kind.kind }, metadata.name, why);
  };
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = preconditions;
  if (uid !== metadata.uid) refuse('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== metadata.resourceVersion)
    refuse('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
};

/** Creates, updates and deletes the objects of a store. */
export class ObjectRegistry {
  readonly #store: RevisionStore;
  readonly #options: ObjectRegistryOptions;
  readonly #namespaces: NamespaceDeletion;

  constructor(store: RevisionStore, options: ObjectRegistryOptions) {
    this.#store = store;
    this.#options = options;
    this.#namespaces = namespaceDeletion(store, options.clock);
  }

  /**
   * Returns the object of a key.
   * @throws ApiError 404 if the object does not exist
   */
  existing({ kind, current }: ResourceTable, key: string): CompleteObject {
    const object = current.get(key);
    if (object === undefined) throw notFound(groupResourceOf(kind), splitKey(key).name);
    return object;
  }

  /**
   * Creates an object.
   * @throws ApiError 403 or 404 for its namespace; 409 if the name is in use; 422 if the object is invalid
   */
  create(
    table: ResourceTable,
    input: KubernetesObject,
    { dryRun = false, writer = 'owner' }: RegistryWriteOptions,
  ): CompleteObject {
    const { kind, current } = table;
    const { clock, uid } = this.#options;
    const metadata = input.metadata ?? {};
    const name = this.#nameOf(table, metadata);
    const namespace = kind.namespaced === false ? undefined : metadata.namespace || 'default';
    const named = { ...input, metadata: { ...metadata, name, namespace } };
    if (namespace !== undefined) requireLiveNamespace(this.#store, kind, namespace, name);
    requireValid(kind, named);
    const made = newObject(kind, named, { now: clock.now(), uid, writer });
    const object = isNamespaces(kind) ? completedNamespace(made) : made;
    const key = keyInScope(kind, namespace, name);
    const existing = current.get(key);
    if (existing !== undefined) {
      const isTerminating = existing.metadata.deletionTimestamp !== undefined;
      throw alreadyExists(groupResourceOf(kind), name, { isTerminating });
    }
    return dryRun ? object : this.#commit({ type: 'ADDED', kind, key, object });
  }

  /**
   * Replaces an object. Returns `current` itself if nothing changes.
   * @throws ApiError 409 or 422
   */
  replace(
    { kind }: ResourceTable,
    current: CompleteObject,
    input: KubernetesObject,
    { dryRun = false, part = 'whole' }: UpdateOptions,
  ): CompleteObject {
    const next = updatedObject(kind, current, input, part);
    if (next === current) return current;
    if (part !== 'status') requireValid(kind, next);
    if (dryRun) return next;
    const key = keyOf(current);
    const isReleased =
      current.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    if (isReleased && !isNamespaces(kind)) return this.#delete(kind, key, next);
    const stored = this.#commit({ type: 'MODIFIED', kind, key, object: next });
    // A namespace stays until it is empty.
    if (isReleased) this.#namespaces.finish(key);
    return stored;
  }

  /**
   * Deletes an object, or marks it as terminating while it has finalizers.
   * @throws ApiError 409 if a precondition does not match
   */
  remove(
    { kind }: ResourceTable,
    current: CompleteObject,
    { dryRun = false, preconditions = {} }: DeleteOptions,
  ): CompleteObject {
    requirePreconditions(kind, current, preconditions);
    if (dryRun) return current;
    if (isNamespaces(kind)) return this.#namespaces.begin(current, (content, key) => this.#removeContent(content, key));
    const key = keyOf(current);
    if ((current.metadata.finalizers ?? []).length === 0) return this.#delete(kind, key, current);
    if (current.metadata.deletionTimestamp !== undefined) return current;
    return this.#commit({
      type: 'MODIFIED',
      kind,
      key,
      object: terminatingObject(kind, current, this.#options.clock.now()),
    });
  }

  #removeContent(kind: ResourceKind, key: string): void {
    const table = this.#store.table(resourceNameOf(kind));
    const object = table?.current.get(key);
    if (table !== undefined && object !== undefined) this.remove(table, object, {});
  }

  #commit(change: RevisionChange): CompleteObject {
    return this.#store.commit(change)[0]?.object ?? change.object;
  }

  #delete(kind: ResourceKind, key: string, object: CompleteObject): CompleteObject {
    const last = this.#commit({ type: 'DELETED', kind, key, object });
    const { namespace } = splitKey(key);
    if (namespace !== '') this.#namespaces.finish(namespace);
    return last;
  }

  /**
   * Returns the name of a new object, or an unused name made of `generateName`, or the empty string if the object has
   * neither.
   */
  #nameOf(
    { kind, current }: ResourceTable,
    { name, namespace, generateName = '' }: NonNullable<KubernetesObject['metadata']>,
  ): string {
    if (name !== undefined && name !== '') return name;
    if (generateName === '') return '';
    let generated = generatedName(generateName, this.#options.random);
    for (let retry = 0; retry < MAX_NAME_RETRIES; retry += 1) {
      if (current.get(keyInScope(kind, namespace, generated)) === undefined) return generated;
      generated = generatedName(generateName, this.#options.random);
    }
    return generated;
  }
}
