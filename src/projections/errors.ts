/**
 * The errors of projections and views, one class for each cause.
 * @module
 */

/** A projection returned a value that cannot be a row. */
export class NotARowError extends TypeError {
  override readonly name = 'NotARowError';
}

/** A function that must return its value (a predicate, a key, a value) returned a promise. */
export class PromiseReturnedError extends TypeError {
  override readonly name = 'PromiseReturnedError';
  /** @param role the function as messages name it: `predicate` */
  constructor(role: string) {
    super(`the ${role} returned a promise; it must return the value itself`);
  }
}

/** A step that keeps keys (`map`, `recomputeEvery`, `derive`) returned a row with another key. */
export class KeyChangedError extends TypeError {
  override readonly name = 'KeyChangedError';
  constructor(from: string, to: string, operator = 'map') {
    super(`the projection moved the row ${from} to ${to}; ${operator} keeps namespace and name`);
  }
}

/** A position (resourceVersion) has expired: it is older than the log, inside a skipped span, or of another projection or instance. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
  /** The requested position. */
  readonly requested: bigint;
  /** The oldest position from which a watch can start. */
  readonly oldest: bigint;
  constructor(requested: bigint, oldest: bigint) {
    super(`too old resource version: ${requested} (${oldest})`);
    this.requested = requested;
    this.oldest = oldest;
  }
}

/** The view has no complete state: its source has not synced, no longer exists, or cannot be served. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  /** The time for which the view has not been ready, in milliseconds. */
  readonly notReadyFor: number;
  /** Whether a person must act before the view is ready. */
  readonly needsAction: boolean;
  constructor(message: string, notReadyFor: number, needsAction = false) {
    super(message);
    this.notReadyFor = notReadyFor;
    this.needsAction = needsAction;
  }
}

/** A projected object cannot be a row of its resource. The message names the field. */
export class RowRefusedError extends TypeError {
  override readonly name = 'RowRefusedError';
}

/** A lookup was used outside the function of `derive`, where it cannot record what it reads. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  constructor(collection: string) {
    super(
      `${collection} was looked up outside the function of derive; look it up while the function runs, not in a callback, a getter or a promise`,
    );
  }
}

/** Several objects make rows with one key. None of these rows is served. */
export class DuplicateKeyError extends TypeError {
  override readonly name = 'DuplicateKeyError';
  /** @param makers the objects, as messages name them */
  constructor(key: string, makers: readonly string[]) {
    super(
      `${makers.length === 1 ? `${makers[0]} makes several rows` : `${named(makers)} make rows`} of the key ${key}; keys must be unique`,
    );
  }
}

/** Returns the first three names and the number of the others. */
function named(makers: readonly string[]): string {
  return makers.length > 3 ? `${makers.slice(0, 3).join(', ')} and ${makers.length - 3} more` : makers.join(' and ');
}
