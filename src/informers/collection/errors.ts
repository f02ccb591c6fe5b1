/**
 * What can go wrong with collections, one class for each cause.
 * @module
 */

/** A collection was read while nobody keeps it running. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
  constructor(collection: string) {
    super(`${collection} is not running: subscribe to it, serve it, or keep it with connect() before reading it`);
  }
}

/**
 * A row could not be made; the row is absent, everything else goes on. A record rather than an `Error`: there may be as many as
 * rows, and a stack each would be a leak.
 */
export interface RowError {
  /** The pipeline step that failed. */
  readonly collection: string;
  readonly key: string;
  /** What went wrong, naming the collection and the key. */
  readonly message: string;
  /** What was thrown. Kept for the first {@link KEPT_CAUSES} rows of a step. */
  readonly cause: unknown;
}

/** So many rows of a step keep the error that was thrown; more keep its message only. */
export const KEPT_CAUSES = 100;

/** The record of a row that could not be made. */
export function rowError(collection: string, key: string, thrown: unknown, keepCause: boolean): RowError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    collection,
    key,
    message: `${collection}: no row for ${key}: ${reason}`,
    cause: keepCause ? thrown : undefined,
  };
}

/** The pipeline of a collection has ended with an error or by completing; it gets no more changes. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  constructor(collection: string, message: string, cause?: unknown) {
    super(`${collection}: ${message}`, cause === undefined ? undefined : { cause });
  }
}
