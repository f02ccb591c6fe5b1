/**
 * What can go wrong with handlers, beside what they refuse.
 * @module
 */
import { reasonOf } from '../../../informers/collection/errors.ts';

/** A handler failed, or answered what is no answer. Clients see a 500 without a reason; this is for the log. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError';
  /** @param cause what it threw, or what is wrong with its answer */
  constructor(resource: string, verb: string, cause: unknown) {
    super(`${resource}: ${verb}: ${reasonOf(cause)}`, { cause });
  }
}

/** A handler has not answered while somebody waited. What it does meanwhile nobody knows. */
export class HandlerUnsettledError extends Error {
  override readonly name = 'HandlerUnsettledError';
  /** Resolves when the handler has answered or failed, after all. */
  readonly settled: Promise<void>;
  constructor(resource: string, verb: string, settled: Promise<void>, cause: unknown) {
    super(`${resource}: the handler ${verb} has not answered while it was waited for`, { cause });
    this.settled = settled;
  }
}
