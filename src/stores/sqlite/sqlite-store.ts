/**
 * A durable store in one SQLite file.
 * @module
 */
import { resolve } from 'node:path';
import { onAbort, unlessAborted } from '../../abort.ts';
import { type Clock, systemClock } from '../../clock.ts';
import type { BackoffOptions } from '../../informers/collection/backoff.ts';
import { storedResourceName } from '../keys.ts';
import { MemoryRevisions } from '../memory/memory-revisions.ts';
import type { ObjectStore, Store, StoredResource } from '../object-store.ts';
import { MAX_OBJECT_BYTES } from '../stored-value.ts';
import { CommitQueue } from './commit-queue.ts';
import { SqliteCollection } from './sqlite-collection.ts';
import { closedStore, SqliteConnection } from './sqlite-connection.ts';
import { storeErrorOf } from './sqlite-failure.ts';
import type { SqliteLogBounds } from './sqlite-messages.ts';
import { SqliteObjectStore } from './sqlite-object-store.ts';
import { type SqliteThread, WorkerThread } from './sqlite-thread.ts';

/** The options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** The file. Its folder must exist, on a local disk. SQLite creates `path-wal` beside it. */
  readonly path: string;
  /** The maximum size of the JSON of all objects of all resources, in bytes. Larger writes throw `StoreFullError`. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
  /** The maximum size of the JSON of one object, in bytes. Default 1.5 MiB, the same as in etcd. */
  readonly maxObjectBytes?: number | undefined;
  /**
   * The bounds of the log of each resource in the file. After a restart, positions older than the log receive 410. Default: 20,000 writes,
   * 64 MiB and one hour, the bounds of the log of a view.
   */
  readonly log?: Partial<SqliteLogBounds> | undefined;
  /** An abort closes the store, like `close()`. */
  readonly signal?: AbortSignal | undefined;
  /** The delays between attempts to open the file. Default: 200 to 10,000 milliseconds, and 200 again after 30,000 without a failure. */
  readonly backoff?: BackoffOptions | undefined;
  /** Default: the clock of the machine. Only the age of the log, delays, and the first revision of a new file depend on it. */
  readonly clock?: Clock | undefined;
  /** The source of random numbers for the delays. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A store in one file. */
export interface SqliteStore extends Store {
  /**
   * Resolves when the file is open and locked. Without this call, the first use of the store opens the file.
   * @throws StoreUnavailableError if another process uses the file; StoreRefusedError if the file cannot be used. The store continues to try.
   */
  ready(signal: AbortSignal): Promise<void>;
  /**
   * Writes a complete copy of the store to a new file. Writes wait until the copy is done.
   * @throws StoreUnavailableError if the copy cannot be written, or if the file exists
   */
  backup(file: string): Promise<void>;
  /** Commits all waiting writes, closes the file and releases its lock. Later calls of the store are refused. Can be called repeatedly. */
  close(): Promise<void>;
}

const MAX_STORE_BYTES = 256 * 1024 * 1024;
const LOG_BOUNDS: SqliteLogBounds = { entries: 20_000, bytes: 64 * 1024 * 1024, age: 3_600_000 };

/**
 * Returns a store that keeps objects in one SQLite file, with the module `node:sqlite` of Node.js. It needs no other program. It supports
 * one replica only: the process holds an exclusive lock on the file.
 *
 * A write is acknowledged after it was flushed to the disk. Concurrent writes share a flush. Revisions and the log of recent writes are in
 * the file, so the watches of clients resume after a restart.
 *
 * After a backup was restored, run `kubefacet store restore FILE` before the server starts. Without it, clients with positions of the lost
 * history can miss events.
 * @throws TypeError for an empty path
 * @example
 * const store = sqliteStore({ path: '/data/tasks.db' });
 * resource({ kind: 'CustomTask', plural: 'customtasks', namespaced: true }, store);
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  return openSqliteStore(options, (path) => new WorkerThread(path));
}

/** Returns a store with another thread, for tests. */
export function openSqliteStore(options: SqliteStoreOptions, startThread: (path: string) => SqliteThread): SqliteStore {
  if (options.path === '') throw new TypeError('sqliteStore: path is empty; use the path of a file');
  const path = resolve(options.path);
  const { clock = systemClock, random = Math.random, maxBytes = MAX_STORE_BYTES } = options;
  const { maxObjectBytes = MAX_OBJECT_BYTES, signal } = options;
  const backoff = options.backoff ?? { initial: 200, maximum: 10_000, resetAfter: 30_000 };
  const firstRevision = new MemoryRevisions(clock.now()).last;
  const file = { path, firstRevision, maxBytes, log: { ...LOG_BOUNDS, ...options.log } };
  const connection = new SqliteConnection({ file, startThread, clock, random, backoff });
  const queue = new CommitQueue(connection, clock);
  const lifetime = new AbortController();
  const stores = new Map<string, ObjectStore>();
  let closing: Promise<void> | undefined;

  function requireOpen(): void {
    if (closing !== undefined) throw closedStore(path);
  }

  async function drain(): Promise<void> {
    await queue.idle();
    lifetime.abort(closedStore(path));
    await connection.close();
  }

  function close(): Promise<void> {
    removeListener();
    closing ??= drain();
    return closing;
  }

  const store: SqliteStore = {
    isSingleProcess: true,
    file: options.path,
    open(resource: StoredResource): ObjectStore {
      const name = storedResourceName(resource);
      const known = stores.get(name);
      if (known !== undefined) return known;
      const objects = new SqliteCollection({ name, connection, clock, random, backoff, signal: lifetime.signal });
      const opened = new SqliteObjectStore({ name, connection, queue, objects, maxObjectBytes, maxBytes, requireOpen });
      stores.set(name, opened);
      return opened;
    },
    async ready(aborted: AbortSignal): Promise<void> {
      requireOpen();
      await unlessAborted(connection.opened(), aborted);
    },
    async backup(target: string): Promise<void> {
      requireOpen();
      try {
        await connection.turn(() => connection.call('backup', { file: resolve(target) }));
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    close,
  };
  let removeListener = (): void => undefined;
  // A failure of closing after an abort has no caller. The acknowledged writes are on the disk.
  if (signal !== undefined) removeListener = onAbort(signal, () => void close().catch(() => undefined));
  return store;
}
