/**
 * The objects of a fake cluster. Tests write to them in-process and clients over HTTP, with the same effects.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mergePatch } from '../../../server/wire/patch.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import {
  keyInScope,
  ObjectRegistry,
  type DeleteOptions,
  type UpdateOptions,
  type RegistryWriteOptions,
} from './object-registry.ts';
import { resourceNameOf, type ResourceKind } from '../kinds/resource-kind.ts';
import type { ResourceTable } from './resource-table.ts';
import { RevisionStore, type StorageListener } from './revision-store.ts';
import type { ObjectInput, CompleteObject } from '../../../server/wire/writes/complete-object.ts';

export type { DeleteOptions, UpdateOptions, RegistryWriteOptions } from './object-registry.ts';
export type { StorageEvent } from './event-log.ts';
export type { StorageListener } from './revision-store.ts';

/** A resource by its name and group: `pods`, `deployments.apps`, `leases.coordination.k8s.io`. */
export type ResourceName = string;

/** `namespace/name`, or `name` in cluster scope. */
export type ObjectKey = string;

export interface StorageOptions {
  readonly kinds: readonly ResourceKind[];
  /** The clock for timestamps. Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Returns the uid of a new object. Default: random UUIDs. */
  readonly uid?: (() => string) | undefined;
  /** A function that returns numbers from 0 up to 1, for generated names. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The revision of the new storage. Default 1000. */
  readonly revision?: number | undefined;
  /**
   * The maximum number of events in the log of each resource. The response to a request for an older revision is 410.
   * Default 10,000.
   */
  readonly historyLimit?: number | undefined;
  /** The initial namespaces. Default: `default`, `kube-node-lease`, `kube-public` and `kube-system`. */
  readonly namespaces?: readonly string[] | undefined;
}

const DEFAULT_REVISION = 1000;
const DEFAULT_HISTORY_LIMIT = 10_000;
const DEFAULT_NAMESPACES: readonly string[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/**
 * The objects of a fake cluster, in memory, with one counter of revisions. The storage does what the real server does
 * before it stores an object in etcd: it sets system fields and the generation, and it handles finalizers, namespaces
 * and optimistic concurrency. A write without a change emits no event. A test may therefore write in-process and a
 * client over HTTP, with the same effects.
 *
 * All methods are synchronous and complete when they return. Errors are thrown as `ApiError`, as over HTTP. Objects are
 * immutable: the storage copies the objects it receives, and callers must not change the objects it returns.
 *
 * It differs from a real cluster: there are no kubelets, so a deleted pod disappears immediately, as with grace period
 * 0. There is no garbage collector, so dependents of a deleted object stay. There is no validation against schemas.
 */
export interface Storage {
  readonly kinds: readonly ResourceKind[];
  /** Adds a kind. A kind of the same name and group is replaced, and its objects are removed. */
  addKind(kind: ResourceKind): void;
  kind(resource: ResourceName): ResourceKind | undefined;
  /** The revision of the last write. */
  readonly revision: number;
  /**
   * Creates an object. A namespaced object without a namespace is created in `default`.
   * @throws ApiError 404 if the namespace does not exist; 409 if the object exists; 422 if it is invalid
   */
  create(resource: ResourceName, object: ObjectInput, options?: RegistryWriteOptions): CompleteObject;
  /**
   * Replaces an object. Returns the stored object itself if nothing changes.
   * @throws ApiError 404; 409 if uid or resourceVersion do not match; 422
   */
  update(resource: ResourceName, object: ObjectInput, options?: UpdateOptions): CompleteObject;
  /**
   * Stores the result of `change`, which must not modify its argument.
   * @throws ApiError 404 if the object does not exist; 409; 422
   */
  modify(
    resource: ResourceName,
    key: ObjectKey,
    change: (current: CompleteObject) => ObjectInput,
    options?: UpdateOptions,
  ): CompleteObject;
  /**
   * Applies a merge patch (RFC 7396) to `.status`.
   * @throws ApiError 404 if the object does not exist
   */
  patchStatus(resource: ResourceName, key: ObjectKey, status: object): CompleteObject;
  /**
   * Deletes an object. Returns its last content, or its current content with `metadata.deletionTimestamp` if finalizers
   * are pending.
   * @throws ApiError 404 if the object does not exist; 409 if a precondition does not match
   */
  delete(resource: ResourceName, key: ObjectKey, options?: DeleteOptions): CompleteObject;
  get(resource: ResourceName, key: ObjectKey): CompleteObject | undefined;
  /** Returns the objects of one namespace or of all, in key order. */
  list(resource: ResourceName, namespace?: string): readonly CompleteObject[];
  /** Deletes several `events` in one revision, as an expired etcd lease does. Unknown keys are ignored. */
  expireEvents(keys: readonly ObjectKey[]): void;
  /** Drops the history. Requests for earlier revisions get a 410. Watches that have received all events continue. */
  expireHistory(): void;
  /**
   * Calls `listener` with the events of each write (one revision) in order, before the write returns. The subscription
   * ends with the signal.
   */
  subscribe(listener: StorageListener, signal: AbortSignal): void;
  /** Returns the objects and the log of a resource, for reads and watches. */
  table(resource: ResourceName): ResourceTable | undefined;
}

/** Creates the storage of an empty cluster, which has only namespaces. */
export function storage(options: StorageOptions): Storage {
  const { clock = systemClock, uid = randomUUID, random = Math.random } = options;
  const {
    revision = DEFAULT_REVISION,
    historyLimit = DEFAULT_HISTORY_LIMIT,
    namespaces = DEFAULT_NAMESPACES,
  } = options;
  const initial = options.kinds.some((kind) => resourceNameOf(kind) === 'namespaces') ? namespaces : [];
  const store = new RevisionStore(options.kinds, { revision: revision - initial.length, historyLimit });
  const registry = new ObjectRegistry(store, { clock, uid, random });

  const tableOf = (resource: ResourceName): ResourceTable => {
    const table = store.table(resource);
    if (table === undefined)
      throw new RangeError(`the cluster does not serve the resource ${resource}. Add its kind to \`kinds\``);
    return table;
  };

  for (const name of initial) registry.create(tableOf('namespaces'), { metadata: { name } }, {});

  return {
    get kinds() {
      return store.kinds;
    },
    addKind: (kind) => store.add(kind),
    kind: (resource) => store.table(resource)?.kind,
    get revision() {
      return store.revision;
    },
    create: (resource, object, writeOptions = {}) => registry.create(tableOf(resource), object, writeOptions),
    update: (resource, object, updateOptions = {}) => {
      const table = tableOf(resource);
      const { name = '', namespace } = object.metadata ?? {};
      const current = registry.existing(table, keyInScope(table.kind, namespace, name));
      return registry.replace(table, current, object, updateOptions);
    },
    modify: (resource, key, change, updateOptions = {}) => {
      const table = tableOf(resource);
      const current = registry.existing(table, key);
      return registry.replace(table, current, change(current), updateOptions);
    },
    patchStatus: (resource, key, status) => {
      const table = tableOf(resource);
      const current = registry.existing(table, key);
      return registry.replace(table, current, mergePatch(current, { status }) as CompleteObject, { part: 'status' });
    },
    delete: (resource, key, deleteOptions = {}) => {
      const table = tableOf(resource);
      return registry.remove(table, registry.existing(table, key), deleteOptions);
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
}
