/**
 * A store in the memory of the process. It loses its objects when the process ends.
 * @module
 */
import { type Clock, systemClock } from '../../clock.ts';
import { storedResourceName } from '../keys.ts';
import type { ObjectStore, Store, StoredResource } from '../object-store.ts';
import { MAX_OBJECT_BYTES } from '../stored-value.ts';
import { MemoryObjectStore, type SharedMemory } from './memory-object-store.ts';
import { MemoryRevisions } from './memory-revisions.ts';

/** The options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** The maximum size of the JSON of all objects of all resources, in bytes. Larger writes throw `StoreFullError`. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
  /** The maximum size of the JSON of one object, in bytes. Default 1.5 MiB, the same as in etcd. */
  readonly maxObjectBytes?: number | undefined;
}

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Returns a store that keeps objects in the memory of this process: for tests, for trials, and for resources that may be lost when the
 * process ends. It supports one replica only, because replicas would not share objects.
 *
 * After a restart, revisions are above those of the previous process. So the server never confuses an earlier resourceVersion with a new
 * one, and responds to it with 410. `MemoryRevisions` describes the exception: a clock that was set back.
 * @example
 * resource({ kind: 'CustomTask', plural: 'customtasks', namespaced: true }, memoryStore());
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const clock = options.clock ?? systemClock;
  const shared: SharedMemory = {
    revisions: new MemoryRevisions(clock.now()),
    clock,
    maxObjectBytes: options.maxObjectBytes ?? MAX_OBJECT_BYTES,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    bytes: 0,
  };
  const stores = new Map<string, ObjectStore>();
  return {
    isSingleProcess: true,
    open(resource: StoredResource): ObjectStore {
      const name = storedResourceName(resource);
      const store = stores.get(name) ?? new MemoryObjectStore(name, shared);
      stores.set(name, store);
      return store;
    },
  };
}
