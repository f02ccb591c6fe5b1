import { randomUUID } from 'node:crypto';

import { mergePatch } from '../../server/wire/patch.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { keyInScope, ObjectRegistry } from './object-registry.ts';
import type { DeleteOptions, UpdateOptions, WriteOptions } from './object-registry.ts';
import { resourceNameOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { ResourceTable } from './resource-table.ts';
import { RevisionStore } from './revision-store.ts';
import type { StorageListener } from './revision-store.ts';
import type { ObjectInput, CompleteObject } from '../../server/wire/writes/complete-object.ts';

export type { DeleteOptions, UpdateOptions, WriteOptions } from './object-registry.ts';
export type { StorageEvent } from './event-log.ts';
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
  create(resource: ResourceName, object: ObjectInput, options?: WriteOptions): CompleteObject;
  /** Replaces an object. A uid or resourceVersion in it is checked (409). The stored object if nothing changes. */
  update(resource: ResourceName, object: ObjectInput, options?: UpdateOptions): CompleteObject;
  /** Stores what `change` makes of the current object, which it must leave as it is. */
  modify(
    resource: ResourceName,
    key: ObjectKey,
    change: (current: CompleteObject) => ObjectInput,
    options?: UpdateOptions,
  ): CompleteObject;
  /** Merges (RFC 7396) into `.status`. */
  patchStatus(resource: ResourceName, key: ObjectKey, status: object): CompleteObject;
  /** The object as it was last (it is gone), or as it is now (finalizers are pending: `metadata.deletionTimestamp` is set). */
  delete(resource: ResourceName, key: ObjectKey, options?: DeleteOptions): CompleteObject;
  get(resource: ResourceName, key: ObjectKey): CompleteObject | undefined;
  /** In key order; of one namespace, or all. */
  list(resource: ResourceName, namespace?: string): readonly CompleteObject[];
  /** Deletes several `events` in one revision, as an etcd lease does when it runs out. Unknown keys are passed over. */
  expireEvents(keys: readonly ObjectKey[]): void;
  /** Forgets all history: earlier revisions are answered 410 from now on. Watches that have been sent everything go on. */
  expireHistory(): void;
  /** Calls `listener` with the events of each write (one revision) in order, before the write returns. Ends with the signal. */
  subscribe(listener: StorageListener, signal: AbortSignal): void;
  /** Objects and history of a resource, for reads and watches. */
  table(resource: ResourceName): ResourceTable | undefined;
}

/** Makes an empty cluster: only the namespaces are there. */
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
    if (table === undefined) throw new RangeError(`the cluster serves no resource ${resource}`);
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
