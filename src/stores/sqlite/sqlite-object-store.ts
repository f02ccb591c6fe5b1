/**
 * The objects of one resource in an SQLite file.
 * @module
 */
import { unlessAborted } from '../../abort.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError, StoreFullError } from '../errors.ts';
import { requireStoreKey } from '../keys.ts';
import type { ObjectStore, StoredObject, Versioned } from '../object-store.ts';
import { decodeObject, type EncodedObject, encodeObject } from '../stored-value.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { SqliteCollection } from './sqlite-collection.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { storeErrorOf } from './sqlite-failure.ts';
import type { SqliteState, SqliteWriteResult } from './sqlite-messages.ts';

/** Options of {@link SqliteObjectStore}. */
export interface SqliteObjectStoreOptions {
  readonly name: string;
  readonly connection: SqliteConnection;
  readonly queue: CommitQueue;
  readonly objects: SqliteCollection;
  readonly maxObjectBytes: number;
  readonly maxBytes: number;
  /** @throws StoreRefusedError after the store was closed */
  readonly requireOpen: () => void;
}

type Written = SqliteWriteResult & { readonly type: 'written' };

/** See the top of this file. */
export class SqliteObjectStore implements ObjectStore {
  readonly objects: SqliteCollection;
  readonly #options: SqliteObjectStoreOptions;

  constructor(options: SqliteObjectStoreOptions) {
    this.objects = options.objects;
    this.#options = options;
  }

  /** Reads from memory while the collection has all acknowledged writes. */
  async read(key: string, signal: AbortSignal): Promise<Versioned | undefined> {
    signal.throwIfAborted();
    requireStoreKey(key);
    const { connection, name, requireOpen } = this.#options;
    requireOpen();
    if (this.objects.isCurrent && !this.objects.errors.has(key)) return withoutRevision(this.objects.get(key));
    try {
      const state = await unlessAborted(connection.call('read', { resource: name, key }), signal);
      return state === undefined ? undefined : versioned(key, state);
    } catch (error) {
      throw storeErrorOf(error);
    }
  }

  async create(object: StoredObject, signal: AbortSignal): Promise<Versioned> {
    return this.#put('create', object, 0, signal);
  }

  async replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned> {
    return this.#put('replace', object, expected, signal);
  }

  async delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    requireStoreKey(key);
    const { name, queue, requireOpen } = this.#options;
    requireOpen();
    const write = { type: 'delete', resource: name, key, expected, json: undefined } as const;
    return queue.write(
      write,
      (result) => {
        const { revision, last } = this.#requireWritten(key, expected, result);
        if (last === undefined) throw new KeyNotFoundError(key);
        const deleted = versioned(key, { revision, json: last });
        this.objects.applyWrite('DELETED', deleted);
        return deleted;
      },
      signal,
    );
  }

  async #put(
    type: 'create' | 'replace',
    object: StoredObject,
    expected: number,
    signal: AbortSignal,
  ): Promise<Versioned> {
    signal.throwIfAborted();
    const { maxObjectBytes, name, queue, requireOpen } = this.#options;
    const encoded: EncodedObject = encodeObject(object, maxObjectBytes);
    requireOpen();
    const write = { type, resource: name, key: encoded.key, expected, json: encoded.json };
    return queue.write(
      write,
      (result) => {
        const { revision } = this.#requireWritten(encoded.key, expected, result);
        const stored = Object.freeze({ object: encoded.object, revision });
        this.objects.applyWrite(type === 'create' ? 'ADDED' : 'MODIFIED', stored);
        return stored;
      },
      signal,
    );
  }

  /** @throws KeyExistsError, KeyNotFoundError, RevisionConflictError, StoreFullError */
  #requireWritten(key: string, expected: number, result: SqliteWriteResult): Written {
    switch (result.type) {
      case 'written':
        return result;
      case 'exists':
        throw new KeyExistsError(key);
      case 'not found':
        throw new KeyNotFoundError(key);
      case 'conflict':
        throw new RevisionConflictError(key, expected, versioned(key, result.current));
      case 'full':
        throw new StoreFullError(`cannot write ${key}: the store is full (maxBytes is ${this.#options.maxBytes})`);
    }
  }
}

/** @throws StoredValueError */
function versioned(key: string, { revision, json }: SqliteState): Versioned {
  return Object.freeze({ object: decodeObject(key, json), revision });
}

/** Returns the state of an object of the collection. */
function withoutRevision(object: StoredObject | undefined): Versioned | undefined {
  if (object === undefined) return undefined;
  const { resourceVersion, ...metadata } = object.metadata;
  const stored = Object.freeze({ ...object, metadata: Object.freeze(metadata) });
  return Object.freeze({ object: stored, revision: Number(resourceVersion) });
}
