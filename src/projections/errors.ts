/**
 * What can go wrong with projections, one class for each cause.
 * @module
 */

/** A projection answered something that cannot be a row. */
export class NotARowError extends TypeError {
  override readonly name = 'NotARowError';
}

/** A function that is asked about an object (a predicate, a key, a value) answered a promise. */
export class PromisedAnswerError extends TypeError {
  override readonly name = 'PromisedAnswerError';
  constructor(asked: string) {
    super(`the ${asked} answered a promise; it must answer at once`);
  }
}

/** A step that keeps keys (`map`, `recomputeEvery`, `derive`) was given a row of another key. */
export class KeyChangedError extends TypeError {
  override readonly name = 'KeyChangedError';
  constructor(from: string, to: string, operator = 'map') {
    super(`the projection moved the row ${from} to ${to}; ${operator} keeps namespace and name`);
  }
}

/** A position (resourceVersion) can't be honoured: it is older than the log, inside a skipped span, or of other rows. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
  /** The position asked for. */
  readonly requested: bigint;
  /** The oldest position a watch can start from, as a client may be told. */
  readonly oldest: bigint;
  constructor(requested: bigint, oldest: bigint) {
    super(`too old resource version: ${requested} (${oldest})`);
    this.requested = requested;
    this.oldest = oldest;
  }
}

/** The view has no rows to answer from yet (or no more). */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  /** Milliseconds for which the view has not been ready. */
  readonly downFor: number;
  constructor(message: string, downFor: number) {
    super(message);
    this.downFor = downFor;
  }
}

/** The definition of a resource and its rows do not fit. */
export class RowRefusedError extends TypeError {
  override readonly name = 'RowRefusedError';
}

/** A lookup was used while no row was being made: what it reads could not be remembered. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  constructor(collection: string) {
    super(
      `${collection} was looked up outside the function of derive; read it while the row is made, not in a callback, a getter or a promise`,
    );
  }
}

/** Several objects make rows of one key: none of them is served. */
export class DuplicateKeyError extends TypeError {
  override readonly name = 'DuplicateKeyError';
  constructor(key: string, makers: readonly string[]) {
    super(
      `${makers.length === 1 ? `${makers[0]} makes several rows` : `${named(makers)} make rows`} of the key ${key}; keys must be unique`,
    );
  }
}

/** The first three, and how many more. */
function named(makers: readonly string[]): string {
  return makers.length > 3 ? `${makers.slice(0, 3).join(', ')} and ${makers.length - 3} more` : makers.join(' and ');
}
