/**
 * The contract of every store of custom resources.
 *
 * Promises:
 * - All readers see the writes of a key in the same order. Each successful write has its own **revision**, which is higher than those of
 *   all earlier writes to the same store, of any resource, and below 2^43.
 * - A write succeeds only if the key is in the state that the caller expects. A `create` expects no object; `replace` and `delete`
 *   expect the object at a revision. Therefore no update is lost.
 * - An acknowledged write is durable within the lifetime of the store, and each write is applied completely or not at all.
 * - `objects` delivers every acknowledged write once, in the order of revisions. It may be behind `read`, but never ahead of it.
 * - Returned objects are deeply frozen and share nothing with the objects that callers pass in.
 *
 * Not promised: if a write throws {@link WriteOutcomeUnknownError}, it may have been applied. No store retries a write.
 *
 * A store keeps the JSON of an object. Values that JSON cannot represent (`undefined`, functions) are lost. A store does not set or check
 * uids and generations.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';

/** The metadata that a store reads. */
export interface StoredMetadata {
  readonly name: string;
  /** Absent in cluster-scoped objects. */
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  /** The revision in decimal, in the objects of a collection. Writes ignore it. */
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

/** An object and the revision of its last write. */
export interface Versioned {
  /** Has no `metadata.resourceVersion`, because that is the revision. */
  readonly object: StoredObject;
  readonly revision: number;
}

/**
 * The objects of one resource. Keys are `namespace/name`, or `name` for cluster-scoped objects.
 *
 * Every method can throw {@link StoreUnavailableError} (nothing was written, and a retry may succeed), {@link StoreRefusedError} (a retry
 * will fail), and the reason of the signal if it was aborted before the request was sent.
 */
export interface ObjectStore {
  /**
   * All objects by key, as a source whose versions are revisions. Each object has a `metadata.resourceVersion`; a deleted object has
   * that of its deletion. It runs while it has subscribers, like an informer.
   */
  readonly objects: Collection<StoredObject>;

  /**
   * Returns the current state of a key. It includes every write that was acknowledged before the call, to any caller.
   * @throws StoredValueError if the stored value is not an object (another program wrote it)
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
   * Stores new content of an object that exists at revision `expected`.
   * @throws RevisionConflictError if the object is at another revision; the error holds its current state
   * @throws KeyNotFoundError
   * @throws ObjectTooLargeError, StoreFullError
   * @throws WriteOutcomeUnknownError
   */
  replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned>;

  /**
   * Removes an object that exists at revision `expected`.
   * @returns the last object, and the revision of its deletion
   * @throws RevisionConflictError, KeyNotFoundError
   * @throws WriteOutcomeUnknownError
   */
  delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned>;
}

/** The identity of a resource in a store. The versions of an API share their objects. */
export interface StoredResource {
  /** `example.com`. */
  readonly group: string;
  /** The plural name: `customtasks`. */
  readonly resource: string;
}

/** Stores the objects of any number of resources. */
export interface Store {
  /** Whether one process only can use the objects, so that the server cannot have replicas. @default false */
  readonly isSingleProcess?: boolean | undefined;
  /** The path of the file with the objects, as the caller named it. `kubefacet manifests` adds a volume for its folder. */
  readonly file?: string | undefined;
  /**
   * Returns the store of a resource. Repeated calls for a resource return the same store.
   * @throws TypeError for a name that cannot be part of a key
   */
  open(resource: StoredResource): ObjectStore;
  /**
   * Completes the waiting writes and releases what the store holds, such as a file. `kubefacet serve` calls it when the server has closed.
   * Other programs call it themselves, because servers can share a store. Can be called repeatedly.
   */
  close?(): Promise<void>;
}
