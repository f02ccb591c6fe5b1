/**
 * The objects of one resource in the memory of the process, and the collection that delivers them.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { reasonOf } from '../../informers/collection/errors.ts';
import { isNewer } from '../../informers/collection/source-version.ts';
import { SourceCollection } from '../../informers/collection/source-collection.ts';
import { type SourceStatus, SUBSCRIBER_FAILED } from '../../informers/collection/source-status.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError, StoreFullError } from '../errors.ts';
import { requireStoreKey } from '../keys.ts';
import type { ObjectStore, StoredObject, Versioned } from '../object-store.ts';
import { type EncodedObject, encodeObject, withRevision } from '../stored-value.ts';
import type { MemoryRevisions } from './memory-revisions.ts';

/** The state that all resources of a memory store share. */
export interface SharedMemory {
  readonly revisions: MemoryRevisions;
  readonly clock: Pick<Clock, 'now'>;
  readonly maxObjectBytes: number;
  readonly maxBytes: number;
  /** The size of the JSON of all objects, in bytes. */
  bytes: number;
}

interface Entry {
  readonly versioned: Versioned;
  readonly bytes: number;
}

/** See the top of this file. Every method works synchronously; it returns a promise only because the contract requires one. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects: MemoryCollection;
  readonly #shared: SharedMemory;
  readonly #entries = new Map<string, Entry>();

  constructor(name: string, shared: SharedMemory) {
    this.objects = new MemoryCollection(name, shared.revisions.last, shared.clock);
    this.#shared = shared;
  }

  async read(key: string, signal: AbortSignal): Promise<Versioned | undefined> {
    signal.throwIfAborted();
    requireStoreKey(key);
    return this.#entries.get(key)?.versioned;
  }

  async create(object: StoredObject, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    const encoded = encodeObject(object, this.#shared.maxObjectBytes);
    if (this.#entries.has(encoded.key)) throw new KeyExistsError(encoded.key);
    return this.#put('ADDED', encoded);
  }

  async replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    const encoded = encodeObject(object, this.#shared.maxObjectBytes);
    this.#entryAt(encoded.key, expected);
    return this.#put('MODIFIED', encoded);
  }

  async delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned> {
    signal.throwIfAborted();
    requireStoreKey(key);
    const { versioned, bytes } = this.#entryAt(key, expected);
    const deleted = { object: versioned.object, revision: this.#shared.revisions.next() };
    this.#entries.delete(key);
    this.#shared.bytes -= bytes;
    this.objects.applyWrite('DELETED', deleted);
    return deleted;
  }

  /** @throws KeyNotFoundError, RevisionConflictError */
  #entryAt(key: string, expected: number): Entry {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new KeyNotFoundError(key);
    if (entry.versioned.revision !== expected) throw new RevisionConflictError(key, expected, entry.versioned);
    return entry;
  }

  /** @throws StoreFullError */
  #put(type: 'ADDED' | 'MODIFIED', { key, json, object }: EncodedObject): Versioned {
    const { maxBytes, revisions } = this.#shared;
    const growth = json.length - (this.#entries.get(key)?.bytes ?? 0);
    if (growth > 0 && this.#shared.bytes + growth > maxBytes)
      throw new StoreFullError(`cannot write ${key}: the memory store is full (maxBytes is ${maxBytes})`);
    const versioned = Object.freeze({ object, revision: revisions.next() });
    this.#entries.set(key, { versioned, bytes: json.length });
    this.#shared.bytes += growth;
    this.objects.applyWrite(type, versioned);
    return versioned;
  }
}

/** The objects as a collection. It has synced from the start and is readable without subscribers. Only its store writes to it. */
class MemoryCollection extends SourceCollection<StoredObject> {
  readonly #clock: Pick<Clock, 'now'>;
  #lastActivity: number;
  #subscriberFailure: string | undefined;

  /** @param revision the revision of the empty store */
  constructor(name: string, revision: number, clock: Pick<Clock, 'now'>) {
    super(name, 'unique');
    this.#clock = clock;
    this.#lastActivity = clock.now();
    this.replaceAll([], String(revision));
  }

  applyWrite(type: 'ADDED' | 'MODIFIED' | 'DELETED', versioned: Versioned): void {
    this.#lastActivity = this.#clock.now();
    try {
      this.applyEvent({ type, object: withRevision(versioned), version: String(versioned.revision) });
    } catch (error) {
      // The store has made the write already, so an error of a subscriber must not look like a failed write.
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
      this.reportStatus();
    }
  }

  /** Clients only receive revisions of writes that were applied. So a later revision comes from another process or another scheme. */
  async hasReached(version: string): Promise<boolean> {
    return !isNewer(version, this.frontier ?? '');
  }

  override sources(): SourceStatus[] {
    const message = this.#subscriberFailure;
    const lastActivity = this.#lastActivity;
    const cause = message === undefined ? undefined : SUBSCRIBER_FAILED;
    return [{ name: this.name, hasSynced: true, ready: true, message, cause, lastActivity, unsyncedSince: undefined }];
  }

  protected override get readable(): boolean {
    return true;
  }

  protected override start(): void {
    // Nothing to start: the store writes.
  }

  protected override stop(): void {
    // The objects stay.
  }
}
