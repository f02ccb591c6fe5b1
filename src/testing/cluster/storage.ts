import { randomUUID } from 'node:crypto';

import type { GroupResource, KubernetesObject } from '../../server/wire/object.ts';
import { mergePatch } from '../../server/wire/patch.ts';
import { alreadyExists, ApiError, conflict, notFound } from '../../server/wire/status.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { generatedName } from './generated-name.ts';
import { completedNamespace, namespaceDeletion, requireLiveNamespace } from './namespace-lifecycle.ts';
import { requireValid } from './object-validation.ts';
import { newObject, terminatingObject, updatedObject } from './object-writes.ts';
import type { WritePart, Writer } from './object-writes.ts';
import { resourceNameOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { ResourceTable } from './resource-table.ts';
import { RevisionStore } from './revision-store.ts';
import type { Change, StorageListener } from './revision-store.ts';
import { keyOf, keyOfObject, splitKey } from './stored-object.ts';
import type { StoredObject } from './stored-object.ts';

export type { StorageEvent } from './storage-event.ts';
export type { StorageListener } from './revision-store.ts';

/** A resource by its name and group: `pods`, `deployments.apps`, `leases.coordination.k8s.io`. */
export type ResourceName = string;

/** `namespace/name`, or `name` in cluster scope. */
export type ObjectKey = string;

export interface StorageOptions {
  readonly kinds: readonly ResourceKind[];
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default: random UUIDs. */
  readonly uid?: (() => string) | undefined;
  /** 0 <= x < 1, for generated names. Default: Math.random. */
  readonly random?: (() => number) | undefined;
  /** The revision the storage is at when it has been made. Default {@link DEFAULT_REVISION}. */
  readonly revision?: number | undefined;
  /** How many events are kept of each resource; older positions are answered 410. Default {@link DEFAULT_HISTORY_LIMIT}. */
  readonly historyLimit?: number | undefined;
  /** Namespaces that are there from the start. Default {@link DEFAULT_NAMESPACES}. */
  readonly namespaces?: readonly string[] | undefined;
}

export const DEFAULT_REVISION = 1000;
export const DEFAULT_HISTORY_LIMIT = 10_000;
export const DEFAULT_NAMESPACES: readonly string[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

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

export interface DeleteOptions extends Pick<WriteOptions, 'dryRun'> {
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined;
}

/**
 * The objects of a fake cluster, in memory, under one counter of revisions. What the real server does to an object on its way
 * into etcd is done here (system fields, generation, finalizers, namespaces, optimistic concurrency, no event without a change),
 * so that a test may write in-process and a client over HTTP, to the same effect.
 *
 * Every method is synchronous and complete when it returns; failures are thrown as `ApiError`, as over HTTP. Objects are
 * immutable: what is handed out is what is stored, to be read only; what is handed in is copied.
 *
 * Not as in a real cluster: there are no kubelets, so a deleted pod is gone at once, as with grace period 0; no garbage
 * collector, so dependents of a deleted object stay; no validation against schemas.
 */
export interface Storage {
  readonly kinds: readonly ResourceKind[];
  /** Serves another kind from now on; one of the same name and group is replaced, without its objects. */
  addKind(kind: ResourceKind): void;
  kind(resource: ResourceName): ResourceKind | undefined;
  /** The revision of the last write. */
  readonly revision: number;
  /** Without a namespace it goes into `default`. Throws 404 for an unknown namespace, 409 if it exists, 422. */
  create<T extends KubernetesObject>(resource: ResourceName, object: T, options?: WriteOptions): StoredObject;
  /** Replaces an object. A uid or resourceVersion in it is checked (409). The stored object if nothing changes. */
  update<T extends KubernetesObject>(resource: ResourceName, object: T, options?: UpdateOptions): StoredObject;
  /** Stores what `change` makes of the current object, which it must leave as it is. */
  modify(resource: ResourceName, key: ObjectKey, change: (current: StoredObject) => KubernetesObject, options?: UpdateOptions): StoredObject;
  /** Merges (RFC 7396) into `.status`. */
  patchStatus(resource: ResourceName, key: ObjectKey, status: object): StoredObject;
  /** The object as it was last (it is gone), or as it is now (finalizers are pending: `metadata.deletionTimestamp` is set). */
  delete(resource: ResourceName, key: ObjectKey, options?: DeleteOptions): StoredObject;
  get(resource: ResourceName, key: ObjectKey): StoredObject | undefined;
  /** In key order; of one namespace, or all. */
  list(resource: ResourceName, namespace?: string): readonly StoredObject[];
  /** Deletes several `events` in one revision, as an etcd lease does when it runs out. Unknown keys are passed over. */
  expireEvents(keys: readonly ObjectKey[]): void;
  /** Forgets all history: earlier revisions are answered 410 from now on. Watches that have been sent everything go on. */
  expireHistory(): void;
  /** Calls `listener` with the events of each write (one revision) in order, before the write returns. Ends with the signal. */
  subscribe(listener: StorageListener, signal: AbortSignal): void;
  /** Objects and history of a resource, for reads and watches. */
  table(resource: ResourceName): ResourceTable | undefined;
}

const RETRIES_OF_GENERATED_NAMES = 8;

const groupResource = ({ group, plural }: ResourceKind): GroupResource => ({ group, resource: plural });

/** The 409 of a name that is in use. */
const taken = (kind: ResourceKind, { metadata }: StoredObject): ApiError => {
  const { status } = alreadyExists(groupResource(kind), metadata.name);
  const message = `${metadata.deletionTimestamp === undefined ? '' : 'object is being deleted: '}${status.message ?? ''}`;
  return new ApiError({ ...status, message });
};

/** Makes an empty cluster: only the namespaces are there. */
export const storage = (options: StorageOptions): Storage => {
  const { clock = systemClock, uid = randomUUID, random = Math.random } = options;
  const { revision = DEFAULT_REVISION, historyLimit = DEFAULT_HISTORY_LIMIT, namespaces = DEFAULT_NAMESPACES } = options;
  const hasNamespaces = options.kinds.some((kind) => resourceNameOf(kind) === 'namespaces');
  const store = new RevisionStore(options.kinds, { revision: revision - (hasNamespaces ? namespaces.length : 0), historyLimit });
  const deletion = namespaceDeletion(store, () => clock.now());

  const tableOf = (resource: ResourceName): ResourceTable => {
    const table = store.table(resource);
    if (table === undefined) throw new RangeError(`the cluster serves no resource ${resource}`);
    return table;
  };

  const existing = (table: ResourceTable, key: ObjectKey): StoredObject => {
    const object = table.current.get(key);
    if (object === undefined) throw notFound(groupResource(table.kind), splitKey(key).name);
    return object;
  };

  const keyInScope = ({ kind }: ResourceTable, namespace: string | undefined, name: string): ObjectKey =>
    kind.namespaced === false ? name : keyOf(namespace ?? 'default', name);

  /** A name that is free, given or generated. */
  const freeName = (table: ResourceTable, { name, namespace, generateName = '' }: NonNullable<KubernetesObject['metadata']>): string => {
    if (name !== undefined && name !== '') return name;
    if (generateName === '') return '';
    let generated = generatedName(generateName, random);
    for (let retry = 0; retry < RETRIES_OF_GENERATED_NAMES; retry += 1) {
      if (table.current.get(keyInScope(table, namespace, generated)) === undefined) return generated;
      generated = generatedName(generateName, random);
    }
    return generated;
  };

  const create = (resource: ResourceName, input: KubernetesObject, { dryRun = false, writer = 'owner' }: WriteOptions = {}): StoredObject => {
    const table = tableOf(resource);
    const { kind } = table;
    const given = input.metadata ?? {};
    const name = freeName(table, given);
    const namespace = kind.namespaced === false ? undefined : given.namespace || 'default';
    const named = { ...input, metadata: { ...given, name, namespace } };
    if (namespace !== undefined) requireLiveNamespace(store, kind, namespace, name);
    requireValid(kind, named);
    const made = newObject(kind, named, { now: clock.now(), uid, writer });
    const object = resource === 'namespaces' ? completedNamespace(made) : made;
    const key = keyInScope(table, namespace, name);
    const present = table.current.get(key);
    if (present !== undefined) throw taken(kind, present);
    return dryRun ? object : committed({ type: 'ADDED', kind, key, object });
  };

  const committed = (change: Change): StoredObject => store.commit(change)[0]?.object ?? change.object;

  const gone = (kind: ResourceKind, key: ObjectKey, object: StoredObject): StoredObject => {
    const last = committed({ type: 'DELETED', kind, key, object });
    const { namespace } = splitKey(key);
    if (namespace !== undefined) deletion.finish(namespace);
    return last;
  };

  const replace = (table: ResourceTable, current: StoredObject, input: KubernetesObject, { dryRun = false, part = 'whole' }: UpdateOptions): StoredObject => {
    const next = updatedObject(table.kind, current, input, part);
    if (next === current) return current;
    if (part !== 'status') requireValid(table.kind, next);
    const key = keyOfObject(current);
    const isDone = current.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    if (dryRun) return next;
    if (!isDone) return committed({ type: 'MODIFIED', kind: table.kind, key, object: next });
    if (resourceNameOf(table.kind) !== 'namespaces') return gone(table.kind, key, next);
    // A namespace stays as long as there is something in it.
    const stored = committed({ type: 'MODIFIED', kind: table.kind, key, object: next });
    deletion.finish(key);
    return stored;
  };

  const remove = (table: ResourceTable, current: StoredObject, { dryRun = false, preconditions = {} }: DeleteOptions): StoredObject => {
    const { kind } = table;
    const { uid, resourceVersion, name, finalizers = [], deletionTimestamp } = current.metadata;
    const refuse = (what: string, wanted: string, found: string, then: string): never => {
      const why = `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${then}`;
      // Upstream names the kind here where it names the resource elsewhere.
      throw conflict({ group: kind.group, resource: kind.kind }, name, why);
    };
    if (preconditions.uid !== undefined && preconditions.uid !== uid) refuse('UID', preconditions.uid, uid, 'deleted and then recreated');
    if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
      refuse('ResourceVersion', preconditions.resourceVersion, resourceVersion, 'modified');
    }
    if (dryRun) return current;
    const key = keyOfObject(current);
    if (resourceNameOf(kind) === 'namespaces') {
      return deletion.begin(current, (content, contentKey) => {
        const object = store.table(resourceNameOf(content))?.current.get(contentKey);
        if (object !== undefined) remove(tableOf(resourceNameOf(content)), object, {});
      });
    }
    if (finalizers.length === 0) return gone(kind, key, current);
    if (deletionTimestamp !== undefined) return current;
    return committed({ type: 'MODIFIED', kind, key, object: terminatingObject(kind, current, clock.now()) });
  };

  if (hasNamespaces) for (const name of namespaces) create('namespaces', { metadata: { name } });

  return {
    get kinds() {
      return store.kinds;
    },
    addKind: (kind) => store.add(kind),
    kind: (resource) => store.table(resource)?.kind,
    get revision() {
      return store.revision;
    },
    create,
    update: (resource, input, updateOptions = {}) => {
      const table = tableOf(resource);
      const { name = '', namespace } = input.metadata ?? {};
      return replace(table, existing(table, keyInScope(table, namespace, name)), input, updateOptions);
    },
    modify: (resource, key, change, updateOptions = {}) => {
      const table = tableOf(resource);
      const current = existing(table, key);
      return replace(table, current, change(current), updateOptions);
    },
    patchStatus: (resource, key, status) => {
      const table = tableOf(resource);
      const current = existing(table, key);
      return replace(table, current, mergePatch(current, { status }) as KubernetesObject, { part: 'status' });
    },
    delete: (resource, key, deleteOptions = {}) => {
      const table = tableOf(resource);
      return remove(table, existing(table, key), deleteOptions);
    },
    get: (resource, key) => tableOf(resource).current.get(key),
    list: (resource, namespace) => {
      const prefix = namespace === undefined ? '' : `${namespace}/`;
      return [...tableOf(resource).current.entries(prefix)].map(([, object]) => object);
    },
    expireEvents: (keys) => {
      const { kind, current } = tableOf('events');
      const found = keys.flatMap((key) => {
        const object = current.get(key);
        return object === undefined ? [] : [{ type: 'DELETED', kind, key, object } as const];
      });
      if (found.length > 0) store.commit(...found);
    },
    expireHistory: () => store.compact(),
    subscribe: (listener, signal) => store.subscribe(listener, signal),
    table: (resource) => store.table(resource),
  };
};
