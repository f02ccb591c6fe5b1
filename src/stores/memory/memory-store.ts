/**
 * A store that forgets everything when the process ends.
 * @module
 */
import { type Clock, systemClock } from '../../clock.ts';
import type { ObjectStore, Store, StoredResource } from '../object-store.ts';
import { resourceName } from '../resource-name.ts';
import { MAX_OBJECT_BYTES } from '../stored-value.ts';
import { MemoryObjectStore, type MemoryShare } from './memory-object-store.ts';
import { MemoryRevisions } from './memory-revisions.ts';

/** How a memory store is made. */
export interface MemoryStoreOptions {
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** The most bytes of JSON in all resources together; a write beyond fails with `StoreFullError`. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
  /** The most bytes of JSON in one object. Default 1.5 MiB, as etcd has it. */
  readonly maxObjectBytes?: number | undefined;
}

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Objects in this process's memory: for resources that may be lost with it, for tests, for trying things out. One process only: two
 * replicas would each have objects of their own.
 *
 * Revisions of a later start are above those of an earlier one, so that what clients have kept of a former life is answered 410, and
 * never taken for this one; see `MemoryRevisions` for clocks that are set back.
 * @example
 * resource({ kind: 'CustomTask', plural: 'customtasks', namespaced: true }, memoryStore())
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const clock = options.clock ?? systemClock;
  const share: MemoryShare = {
    revisions: new MemoryRevisions(clock.now()),
    clock,
    maxObjectBytes: options.maxObjectBytes ?? MAX_OBJECT_BYTES,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    bytes: 0,
  };
  const opened = new Map<string, ObjectStore>();
  return {
    open(resource: StoredResource): ObjectStore {
      const name = resourceName(resource);
      const store = opened.get(name) ?? new MemoryObjectStore(name, share);
      opened.set(name, store);
      return store;
    },
  };
}
