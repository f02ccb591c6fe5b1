/**
 * Failures of handlers. Refusals are no failures, see `define/refusals.ts`.
 * @module
 */
import { reasonOf } from '../../../informers/collection/errors.ts';

/** A handler threw, or returned a value that is not allowed. The message goes to the log; clients get a 500 without it. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError';
  /** @param cause the thrown value, or the error about the returned one */
  constructor(resource: string, verb: string, cause: unknown) {
    super(`${resource}: ${verb}: ${reasonOf(cause)}`, { cause });
  }
}

/** A handler had not returned when its client left. It may still store an object. */
export class HandlerUnsettledError extends Error {
  override readonly name = 'HandlerUnsettledError';
  /** Resolves when the handler has returned or failed. */
  readonly settled: Promise<void>;
  constructor(resource: string, verb: string, settled: Promise<void>, cause: unknown) {
    super(`${resource}: the handler ${verb} did not return in time`, { cause });
    this.settled = settled;
  }
}
