/**
 * What can go wrong with a store: one class for each cause.
 * @module
 */
import type { Versioned } from './object-store.ts';

const withCause = (cause: unknown): ErrorOptions | undefined => (cause === undefined ? undefined : { cause });

/** There is an object under the key of one that was to be created. */
export class KeyExistsError extends Error {
  override readonly name = 'KeyExistsError';
  readonly key: string;
  constructor(key: string) {
    super(`there is an object ${key} already`);
    this.key = key;
  }
}

/** There is no object under the key of a write. */
export class KeyNotFoundError extends Error {
  override readonly name = 'KeyNotFoundError';
  readonly key: string;
  constructor(key: string) {
    super(`there is no object ${key}`);
    this.key = key;
  }
}

/** The object has been written since the revision that the caller has seen. */
export class RevisionConflictError extends Error {
  override readonly name = 'RevisionConflictError';
  readonly key: string;
  readonly expected: number;
  /** What is there now. */
  readonly current: Versioned;
  constructor(key: string, expected: number, current: Versioned) {
    super(`${key} is at revision ${current.revision}, not ${expected}`);
    this.key = key;
    this.expected = expected;
    this.current = current;
  }
}

/** The object is larger than the store takes. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';
  readonly key: string;
  constructor(key: string, bytes: number, limit: number | undefined, cause?: unknown) {
    const most = limit === undefined ? 'the store takes' : `${limit}, which is the most that the store takes`;
    super(`${key}: ${bytes} bytes of JSON are more than ${most}`, withCause(cause));
    this.key = key;
  }
}

/** There is no room for more. Deletions still work. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
  constructor(message: string, cause?: unknown) {
    super(message, withCause(cause));
  }
}

/** The store can't be reached, or can't answer now. Where a write fails with it, nothing was written. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  constructor(message: string, cause?: unknown) {
    super(message, withCause(cause));
  }
}

/** The store will not do it: credentials are wrong or missing, or it does not know the request. Nothing was written. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';
  constructor(message: string, cause?: unknown) {
    super(message, withCause(cause));
  }
}

/**
 * A write was sent and its answer has not come: the connection broke, or whoever asked would wait no longer. It may have been applied,
 * may be applied yet, or never be.
 *
 * The store does not find out by reading back. A write that is still on its way inside the store shows only later; and a state that
 * looks like the one written can be another writer's. Who needs to know reads the object again, as with any API.
 */
export class WriteOutcomeUnknownError extends Error {
  override readonly name = 'WriteOutcomeUnknownError';
  readonly key: string;
  constructor(key: string, cause: unknown) {
    super(`whether ${key} was written is not known: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.key = key;
  }
}

/** What is stored under a key is no object of that key. Somebody else has written it. */
export class StoredValueError extends Error {
  override readonly name = 'StoredValueError';
  readonly key: string;
  constructor(key: string, reason: string, cause?: unknown) {
    super(`what is stored under ${key} is ${reason}`, withCause(cause));
    this.key = key;
  }
}

/** The history from a revision on has been compacted away: the state must be read anew. */
export class RevisionCompactedError extends Error {
  override readonly name = 'RevisionCompactedError';
  constructor(revision: number, cause?: unknown) {
    super(`the history from revision ${revision} on has been compacted`, withCause(cause));
  }
}

/**
 * The store is at a revision before one that was read: it was restored from a backup. Positions that clients hold would lead them past
 * events, so it is refused until the store has passed that revision, or this process is started anew.
 */
export class RevisionsWentBackError extends Error {
  override readonly name = 'RevisionsWentBackError';
  constructor(revision: number, frontier: number) {
    super(
      `the store is at revision ${revision}, and ${frontier} has been read from it before; ` +
        'if it was restored from a backup, restart this process to accept what it holds',
    );
  }
}
