/**
 * Where the objects of custom resources are kept: the contract of every store.
 *
 * What is promised:
 * - Writes of one key are in one order, the same for everybody. Each write that succeeds has a **revision** of its own, above all
 *   before it in the same store, whatever the resource; below 2^43.
 * - A write succeeds only if the key is in the state that the caller says it has seen (`create`: none; `replace` and `delete`: the
 *   revision given). So no update is lost, whoever else writes.
 * - A write that has been acknowledged stays, and every write is applied once or not at all.
 * - `objects` shows every acknowledged write, in order of revisions, once. It may be behind `read`, never ahead of it.
 * - What is handed out is frozen deeply, and shares nothing with what was handed in.
 * What is not promised: that a write that failed with {@link WriteOutcomeUnknownError} was not applied. Nothing is done twice on
 * account of it either: no store repeats a write by itself.
 *
 * Objects are stored as JSON has them: what JSON does not know (`undefined`, functions) is left out. Names, uids, generations and all
 * that an API makes of them are not the store's business.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';

/** What a store needs of the metadata of an object. */
export interface StoredMetadata {
  readonly name: string;
  /** Absent in cluster-scoped objects. */
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  /** In objects of a collection the revision, in decimal; ignored in objects that are written. */
  readonly resourceVersion?: string | undefined;
  readonly [field: string]: unknown;
}

/** An object of a custom resource. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly [field: string]: unknown;
}

/** An object and the revision of the write that made it so. */
export interface Versioned {
  /** Without `metadata.resourceVersion`: that is the revision. */
  readonly object: StoredObject;
  readonly revision: number;
}

/**
 * The objects of one resource. Keys are `namespace/name`, or `name` for cluster-scoped objects.
 *
 * Every method can fail with {@link StoreUnavailableError} (nothing was written; it may work later), {@link StoreRefusedError} (it will
 * not), and with the reason of the signal, when that was aborted before anything was sent.
 */
export interface ObjectStore {
  /**
   * All objects by key, as a source of versions that do not repeat: its versions are revisions, its objects carry
   * `metadata.resourceVersion`, and a deleted one that of its deletion. Runs while somebody subscribes, like an informer.
   */
  readonly objects: Collection<StoredObject>;

  /**
   * The newest state of a key: no older than any write acknowledged before the call, by whomever.
   * @throws StoredValueError when what is stored is no object (somebody else wrote it)
   */
  read(key: string, signal: AbortSignal): Promise<Versioned | undefined>;

  /**
   * Stores a new object.
   * @throws KeyExistsError
   * @throws ObjectTooLargeError, StoreFullError
   * @throws WriteOutcomeUnknownError
   */
  create(object: StoredObject, signal: AbortSignal): Promise<Versioned>;

  /**
   * Stores new content of an object that is there at revision `expected`.
   * @throws RevisionConflictError when it is at another revision by now; the error carries it
   * @throws KeyNotFoundError
   * @throws ObjectTooLargeError, StoreFullError
   * @throws WriteOutcomeUnknownError
   */
  replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned>;

  /**
   * Removes an object that is there at revision `expected`.
   * @returns the last object, and the revision of its deletion
   * @throws RevisionConflictError, KeyNotFoundError
   * @throws WriteOutcomeUnknownError
   */
  delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned>;
}

/** A resource, as far as a store tells resources apart. Versions of an API share their objects. */
export interface StoredResource {
  /** `example.com`. */
  readonly group: string;
  /** The plural: `customtasks`. */
  readonly resource: string;
}

/** What keeps the objects of any number of resources. */
export interface Store {
  /** The objects of a resource; the same for the same resource. @throws TypeError for a name that cannot be part of a key */
  open(resource: StoredResource): ObjectStore;
}
