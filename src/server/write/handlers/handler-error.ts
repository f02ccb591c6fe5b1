/**
 * Failures of handlers. Refusals (`define/refusals.ts`) are not failures.
 * @module
 */
import { reasonOf } from '../../../informers/collection/errors.ts';

/** A handler threw an error, or returned an invalid value. The message goes to the log. Clients receive a 500 without it. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError';
  /** @param cause the thrown value, or the error that describes the invalid result */
  constructor(resource: string, verb: string, cause: unknown) {
    super(`${resource}: ${verb}: ${reasonOf(cause)}`, { cause });
  }
}

/** A handler did not return before its request ended. It may still store an object. */
export class HandlerUnsettledError extends Error {
  override readonly name = 'HandlerUnsettledError';
  /** Resolves when the handler has returned or failed. */
  readonly settled: Promise<void>;
  constructor(resource: string, verb: string, settled: Promise<void>, cause: unknown) {
    super(`${resource}: the handler ${verb} did not return in time`, { cause });
    this.settled = settled;
  }
}
