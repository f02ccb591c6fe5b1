/**
 * The errors of collections, one class for each cause.
 * @module
 */
import { inspect } from 'node:util';

/** The caller read a derived collection that does not run. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
  constructor(collection: string) {
    super(`${collection} is not running: subscribe to it, serve it, or call keepRunning() before reading it`);
  }
}

/**
 * A row could not be made, or an input object was left out of all rows. The row is absent; other rows are not affected.
 *
 * This is a record rather than an `Error`, because there may be as many as rows, and a stack for each would need too much memory.
 */
export interface RowError {
  /** The pipeline step that failed. */
  readonly collection: string;
  readonly key: string;
  /** The reason, with the names of the collection and the key. */
  readonly message: string;
  /** The thrown value. It is kept for the first {@link MAX_KEPT_CAUSES} errors of a step. */
  readonly cause: unknown;
}

/** The maximum number of errors of a step that keep the thrown value. Further errors keep its message only. */
export const MAX_KEPT_CAUSES = 100;

/** Returns the record of a row that could not be made. */
export function rowError(collection: string, key: string, thrown: unknown, keepCause: boolean): RowError {
  return {
    collection,
    key,
    message: `${collection}: no row for ${key}: ${reasonOf(thrown)}`,
    cause: keepCause ? thrown : undefined,
  };
}

/** Returns the record of an input object that was left out. */
export function inputError(collection: string, key: string, thrown: unknown, keepCause: boolean): RowError {
  return {
    collection,
    key,
    message: `${collection}: ${key} is left out: ${reasonOf(thrown)}`,
    cause: keepCause ? thrown : undefined,
  };
}

/** Returns the message of a thrown value of any type. Never throws. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1 });
}

/** The function of an index threw for an object. `byIndex` does not find the object; the other methods do. */
export class IndexError extends Error {
  override readonly name = 'IndexError';
  constructor(collection: string, index: string, cause: unknown) {
    super(
      `${collection}: the index "${index}" does not contain an object, because its function failed: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/** The pipeline of a collection failed or completed. The collection gets no more changes. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  constructor(collection: string, message: string, cause?: unknown) {
    super(`${collection}: ${message}`, cause === undefined ? undefined : { cause });
  }
}

/** A collection is derived from itself. */
export class CycleError extends Error {
  override readonly name = 'CycleError';
  constructor(collection: string) {
    super(`${collection} is derived from itself`);
  }
}

const HINT =
  '(an operator receives batches, not objects: is this an operator of RxJS? The operators of kubefacet are in kubefacet/projections)';

/**
 * Returns the error of an operator that threw, or whose observable failed.
 * @param isNew whether the operator has not derived a batch yet. A TypeError then gets a hint, because the operator is probably one of
 * RxJS.
 */
export function operatorFailed(collection: string, error: unknown, isNew = false): PipelineError {
  const hint = isNew && error instanceof TypeError ? ` ${HINT}` : '';
  return new PipelineError(collection, `an operator failed: ${reasonOf(error)}${hint}`, error);
}

/** Returns the error of an operator that emitted a value other than a `DerivedBatch`. */
export function notDerived(collection: string): PipelineError {
  return new PipelineError(collection, `an operator must return batch.derive(…) ${HINT}`);
}

/** An operator is declared as row-wise, but it does not behave so. */
export class NotRowWiseError extends Error {
  override readonly name = 'NotRowWiseError';
  constructor(operator: string, what: string) {
    super(`${operator} is declared with rowWise(), but ${what}`);
  }
}
