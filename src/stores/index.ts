/**
 * Stores for the objects of custom resources: in memory, in an SQLite file and in etcd.
 * @module
 */
export {
  KeyExistsError,
  KeyNotFoundError,
  ObjectTooLargeError,
  RevisionConflictError,
  RevisionsWentBackError,
  StoredValueError,
  StoreFullError,
  StoreRefusedError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from './errors.ts';
export { etcdStore, type EtcdStoreOptions } from './etcd/etcd-store.ts';
export type { EtcdTls } from './etcd/etcd-endpoint.ts';
export type { BackoffOptions } from '../informers/collection/backoff.ts';
export { type Cancel, type Clock, systemClock } from '../clock.ts';
export { memoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { sqliteStore, type SqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.ts';
export type { SqliteLogBounds } from './sqlite/sqlite-messages.ts';
export type { ObjectStore, Store, StoredMetadata, StoredObject, StoredResource, Versioned } from './object-store.ts';
