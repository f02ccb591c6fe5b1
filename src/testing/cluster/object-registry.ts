import type { GroupResource, KubernetesObject } from '../../server/wire/object.ts';
import { alreadyExists, ApiError, conflict, notFound } from '../../server/wire/status.ts';
import type { DeleteOptions } from '../../server/wire/writes/delete-options.ts';
import type { Clock } from '../../clock.ts';
import { generatedName } from '../../server/wire/writes/object-writes.ts';
import { completedNamespace, namespaceDeletion, requireLiveNamespace } from './namespace-lifecycle.ts';
import type { NamespaceDeletion } from './namespace-lifecycle.ts';
import { requireValid } from '../../server/wire/writes/metadata-causes.ts';
import { newObject, terminatingObject, updatedObject } from '../../server/wire/writes/object-writes.ts';
import type { WritePart, Writer } from '../../server/wire/writes/object-writes.ts';
import { resourceNameOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { ResourceTable } from './resource-table.ts';
import type { Change, RevisionStore } from './revision-store.ts';
import { keyOfParts, keyOf, splitKey } from '../../key.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';

export type { DeleteOptions } from '../../server/wire/writes/delete-options.ts';

export interface WriteOptions {
  /** Do everything but store. Default false. */
  readonly dryRun?: boolean | undefined;
  /**
   * `owner` (default) may give a new object its uid, creationTimestamp and status; `client` is treated as the real server
   * treats a request: these are overwritten, and the kind's defaults filled in.
   */
  readonly writer?: Writer | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** Default `whole`. A client's PUT is `main`, or `status`. */
  readonly part?: WritePart | undefined;
}

export interface ObjectRegistryOptions {
  readonly clock: Clock;
  readonly uid: () => string;
  readonly random: () => number;
}

const RETRIES_OF_GENERATED_NAMES = 8;

const isNamespaces = (kind: ResourceKind): boolean => resourceNameOf(kind) === 'namespaces';

const groupResource = ({ group, plural }: ResourceKind): GroupResource => ({ group, resource: plural });

/** Where an object of the kind is kept; in `default` if it is namespaced and has no namespace. */
export function keyInScope(kind: ResourceKind, namespace: string | undefined, name: string): string {
  return kind.namespaced === false ? name : keyOfParts(namespace || 'default', name);
}

/** The 409 of a name that is in use. */
const taken = (kind: ResourceKind, { metadata }: CompleteObject): ApiError => {
  const { status } = alreadyExists(groupResource(kind), metadata.name);
  const prefix = metadata.deletionTimestamp === undefined ? '' : 'object is being deleted: ';
  return new ApiError({ ...status, message: `${prefix}${status.message ?? ''}` });
};

const requirePreconditions = (
  kind: ResourceKind,
  { metadata }: CompleteObject,
  wanted: NonNullable<DeleteOptions['preconditions']>,
): void => {
  const refuse = (what: string, given: string, found: string, then: string): never => {
    const why = `the ${what} in the precondition (${given}) does not match the ${what} in record (${found}). The object might have been ${then}`;
    // Upstream names the kind here where it names the resource elsewhere.
    throw conflict({ group: kind.group, resource: kind.kind }, metadata.name, why);
  };
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = wanted;
  if (uid !== metadata.uid) refuse('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== metadata.resourceVersion)
    refuse('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
};

/** The rules by which objects come into a store, change there and leave it: the generic registry of kube-apiserver, in small. */
export class ObjectRegistry {
  readonly #store: RevisionStore;
  readonly #options: ObjectRegistryOptions;
  readonly #namespaces: NamespaceDeletion;

  constructor(store: RevisionStore, options: ObjectRegistryOptions) {
    this.#store = store;
    this.#options = options;
    this.#namespaces = namespaceDeletion(store, options.clock);
  }

  /** Throws 404. */
  existing({ kind, current }: ResourceTable, key: string): CompleteObject {
    const object = current.get(key);
    if (object === undefined) throw notFound(groupResource(kind), splitKey(key).name);
    return object;
  }

  create(
    table: ResourceTable,
    input: KubernetesObject,
    { dryRun = false, writer = 'owner' }: WriteOptions,
  ): CompleteObject {
    const { kind, current } = table;
    const { clock, uid } = this.#options;
    const given = input.metadata ?? {};
    const name = this.#freeName(table, given);
    const namespace = kind.namespaced === false ? undefined : given.namespace || 'default';
    const named = { ...input, metadata: { ...given, name, namespace } };
    if (namespace !== undefined) requireLiveNamespace(this.#store, kind, namespace, name);
    requireValid(kind, named);
    const made = newObject(kind, named, { now: clock.now(), uid, writer });
    const object = isNamespaces(kind) ? completedNamespace(made) : made;
    const key = keyInScope(kind, namespace, name);
    const present = current.get(key);
    if (present !== undefined) throw taken(kind, present);
    return dryRun ? object : this.#commit({ type: 'ADDED', kind, key, object });
  }

  /** The very same object if nothing changes. */
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
    const isDone = current.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    if (isDone && !isNamespaces(kind)) return this.#gone(kind, key, next);
    const stored = this.#commit({ type: 'MODIFIED', kind, key, object: next });
    // A namespace stays as long as there is something in it.
    if (isDone) this.#namespaces.finish(key);
    return stored;
  }

  remove(
    { kind }: ResourceTable,
    current: CompleteObject,
    { dryRun = false, preconditions = {} }: DeleteOptions,
  ): CompleteObject {
    requirePreconditions(kind, current, preconditions);
    if (dryRun) return current;
    if (isNamespaces(kind)) return this.#namespaces.begin(current, (content, key) => this.#removeContent(content, key));
    const key = keyOf(current);
    if ((current.metadata.finalizers ?? []).length === 0) return this.#gone(kind, key, current);
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

  #commit(change: Change): CompleteObject {
    return this.#store.commit(change)[0]?.object ?? change.object;
  }

  #gone(kind: ResourceKind, key: string, object: CompleteObject): CompleteObject {
    const last = this.#commit({ type: 'DELETED', kind, key, object });
    const { namespace } = splitKey(key);
    if (namespace !== '') this.#namespaces.finish(namespace);
    return last;
  }

  /** The name given, or a generated one that is free; empty if there is nothing to make it of. */
  #freeName(
    { kind, current }: ResourceTable,
    { name, namespace, generateName = '' }: NonNullable<KubernetesObject['metadata']>,
  ): string {
    if (name !== undefined && name !== '') return name;
    if (generateName === '') return '';
    let generated = generatedName(generateName, this.#options.random);
    for (let retry = 0; retry < RETRIES_OF_GENERATED_NAMES; retry += 1) {
      if (current.get(keyInScope(kind, namespace, generated)) === undefined) return generated;
      generated = generatedName(generateName, this.#options.random);
    }
    return generated;
  }
}
