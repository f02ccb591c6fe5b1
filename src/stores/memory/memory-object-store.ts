/**
 * The objects of one resource, in this process's memory.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError, StoreFullError } from '../errors.ts';
import type { ObjectStore, StoredObject, Versioned } from '../object-store.ts';
import { type EncodedObject, encodeObject, requireKey } from '../stored-value.ts';
import { MemoryCollection } from './memory-collection.ts';
import type { MemoryRevisions } from './memory-revisions.ts';

/** What the resources of a memory store share. */
export interface MemoryShare {
  readonly revisions: MemoryRevisions;
  readonly clock: Pick<Clock, 'now'>;
  readonly maxObjectBytes: number;
  readonly maxBytes: number;
  /** Bytes of JSON in all resources. */
  bytes: number;
}

interface Entry {
  readonly versioned: Versioned;
  readonly bytes: number;
}

/** Each method does its work before it returns; the promise is for the interface. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects: MemoryCollection;
  readonly #share: MemoryShare;
  readonly #entries = new Map<string, Entry>();

  constructor(name: string, share: MemoryShare) {
    this.objects = new MemoryCollection(name, share.revisions.last, share.clock);
    this.#share = share;
  }

  async read(key: string, signal: AbortSignal): Promise<Versioned | undefined> {
    signal.throwIfAborted();
    requireKey(key);
    return this.#entries.get(key)?.versioned;
  }

  async create(object: StoredObject, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    const encoded = encodeObject(object, this.#share.maxObjectBytes);
    if (this.#entries.has(encoded.key)) throw new KeyExistsError(encoded.key);
    return this.#put('ADDED', encoded);
  }

  async replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    const encoded = encodeObject(object, this.#share.maxObjectBytes);
    this.#expect(encoded.key, expected);
    return this.#put('MODIFIED', encoded);
  }

  async delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    requireKey(key);
    const { versioned, bytes } = this.#expect(key, expected);
    const deleted = { object: versioned.object, revision: this.#share.revisions.next() };
    this.#entries.delete(key);
    this.#share.bytes -= bytes;
    this.objects.wrote('DELETED', deleted);
    return deleted;
  }

  #expect(key: string, expected: number): Entry {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new KeyNotFoundError(key);
    if (entry.versioned.revision !== expected) throw new RevisionConflictError(key, expected, entry.versioned);
    return entry;
  }

  #put(type: 'ADDED' | 'MODIFIED', { key, json, object }: EncodedObject): Versioned {
    const grown = json.length - (this.#entries.get(key)?.bytes ?? 0);
    if (grown > 0 && this.#share.bytes + grown > this.#share.maxBytes)
      throw new StoreFullError(`${key}: the memory store is full: it holds ${this.#share.maxBytes} bytes at most`);
    const versioned = Object.freeze({ object, revision: this.#share.revisions.next() });
    this.#entries.set(key, { versioned, bytes: json.length });
    this.#share.bytes += grown;
    this.objects.wrote(type, versioned);
    return versioned;
  }
}
