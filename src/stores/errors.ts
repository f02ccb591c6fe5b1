/**
 * The errors of a store: one class for each cause.
 * @module
 */
import type { Versioned } from './object-store.ts';
import { errorMessage } from '../error-message.ts';

const withCause = (cause: unknown): ErrorOptions | undefined => (cause === undefined ? undefined : { cause });

/** A create failed because an object with the same key exists. */
export class KeyExistsError extends Error {
  override readonly name = 'KeyExistsError';
  readonly key: string;
  constructor(key: string) {
    super(`the object ${key} already exists`);
    this.key = key;
  }
}

/** A replace or a delete failed because no object has the key. */
export class KeyNotFoundError extends Error {
  override readonly name = 'KeyNotFoundError';
  readonly key: string;
  constructor(key: string) {
    super(`the object ${key} does not exist`);
    this.key = key;
  }
}

/** A replace or a delete failed because the object was written after the revision that the caller expects. */
export class RevisionConflictError extends Error {
  override readonly name = 'RevisionConflictError';
  readonly key: string;
  readonly expected: number;
  /** The current state of the object. */
  readonly current: Versioned;
  constructor(key: string, expected: number, current: Versioned) {
    super(`${key} is at revision ${current.revision}, not ${expected}`);
    this.key = key;
    this.expected = expected;
    this.current = current;
  }
}

/** The object is larger than the store allows. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';
  readonly key: string;
  /** The size of the JSON of the object, in bytes. */
  readonly bytes: number;
  /** The maximum size; undefined if the store does not say it. */
  readonly limit: number | undefined;
  constructor(key: string, bytes: number, limit: number | undefined, cause?: unknown) {
    const maximum = limit === undefined ? 'more than the store allows' : `the store allows at most ${limit}`;
    super(`${key}: its JSON has ${bytes} bytes; ${maximum}`, withCause(cause));
    this.key = key;
    this.bytes = bytes;
    this.limit = limit;
  }
}

/** The store has no space left. Deletions still work, unless it is the disk that is full. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
  constructor(message: string, cause?: unknown) {
    super(message, withCause(cause));
  }
}

/** The store cannot be reached, or cannot respond now. A write that fails with this error was not applied. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  constructor(message: string, cause?: unknown) {
    super(message, withCause(cause));
  }
}

/** The store rejects the request: credentials are missing or wrong, or the store does not support it. Nothing was written. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';
  constructor(message: string, cause?: unknown) {
    super(message, withCause(cause));
  }
}

/**
 * A write was sent, and no response arrived: the connection broke, the request timed out or the caller aborted it. The write may have been
 * applied, may be applied later, or may never be applied.
 *
 * The store does not read the object to determine the outcome. The write could still be applied after that read, and an equal state could
 * come from another writer. A caller that needs the outcome must read the object again.
 */
export class WriteOutcomeUnknownError extends Error {
  override readonly name = 'WriteOutcomeUnknownError';
  readonly key: string;
  constructor(key: string, cause: unknown) {
    const reason = errorMessage(cause);
    super(`the write of ${key} may or may not have been applied: ${reason}`, { cause });
    this.key = key;
  }
}

/** The value under a key is not an object with that key. It was written by another program. */
export class StoredValueError extends Error {
  override readonly name = 'StoredValueError';
  readonly key: string;
  constructor(key: string, reason: string, cause?: unknown) {
    super(`the value stored under ${key} is ${reason}`, withCause(cause));
    this.key = key;
  }
}

/** The history from a revision on has been compacted. The reader must list again. */
export class RevisionCompactedError extends Error {
  override readonly name = 'RevisionCompactedError';
  constructor(revision: number, cause?: unknown) {
    super(`the history from revision ${revision} on has been compacted`, withCause(cause));
  }
}

/**
 * The store is at an older revision than one that was read from it: it was restored from a backup. Clients hold positions beyond its
 * revision and would miss events. Its state is therefore rejected until it has passed that revision or this process is restarted.
 */
export class RevisionsWentBackError extends Error {
  override readonly name = 'RevisionsWentBackError';
  constructor(revision: number, frontier: number) {
    super(
      `the store is at revision ${revision}, but revision ${frontier} was read from it before; ` +
        'if it was restored from a backup, restart this process to accept its state',
    );
  }
}
