/**
 * Failures of handlers. Refusals (`define/refusals.ts`) are not failures.
 * @module
 */
import { reasonOf } from '../../../informers/collection/errors.ts';

/** A handler threw an error, or returned an invalid value. The message goes to the log. Clients receive a 500 without it. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError';
  /** Resolves when the handler has returned or failed. Undefined if it has. */
  readonly settled: Promise<void> | undefined;
  /** @param cause the thrown value, or the error that describes the invalid result */
  constructor(resource: string, verb: string, cause: unknown, settled?: Promise<void>) {
    super(`${resource}: ${verb}: ${reasonOf(cause)}`, { cause });
    this.settled = settled;
  }
}

/** Code of a handler failed outside of the handler's promise: a timer, a socket, an emitter. The handler itself has not returned. */
export class StrayError extends Error {
  override readonly name = 'StrayError';
  /** Resolves when the handler has returned or failed. */
  readonly settled: Promise<void>;
  constructor(cause: unknown, settled: Promise<void>) {
    super(reasonOf(cause), { cause });
    this.settled = settled;
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
