/**
 * The health of a reflector: whether it has read a complete state, and its current problem in one line of text. The most important problem
 * is reported: a failed request, then omitted objects, a subscriber that failed, and polling.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { ReflectorMetrics } from './collection/source-metrics.ts';
import { NO_STATE_YET, SUBSCRIBER_FAILED } from './collection/source-status.ts';
import { causeOf, isForbidden, isNotFound, type ObjectError } from './errors.ts';
import { type ReflectorCounter, ReflectorCounters } from './reflector-counters.ts';
import { errorMessage } from '../error-message.ts';

/** The health of a reflector. */
export interface ReflectorHealth {
  /** Whether a complete state has been read, and the resource has existed since. */
  readonly hasRead: boolean;
  /** Whether a complete state has ever been read. It stays true while requests fail, and after the resource was removed. */
  readonly ready: boolean;
  /** The current problem; undefined if there is no problem. */
  readonly message: string | undefined;
  /** The kind of the problem; see `SourceStatus`. */
  readonly cause: string | undefined;
  /** The time since which all requests have failed, in milliseconds since the epoch; undefined while they succeed. */
  readonly failingSince: number | undefined;
  /** The number of requests that have failed since the last one that succeeded. */
  readonly failures: number;
  /** Whether the last request was refused because of a missing permission (401, 403) or a missing resource (404). */
  readonly needsAction: boolean;
  /** The time at which the server last sent something, in milliseconds since the epoch. */
  readonly lastActivity: number | undefined;
}

/**
 * The time for which objects stay after a 404. An API server that restarts responds with 404 until it has read its CRDs.
 */
const NOT_FOUND_GRACE_MS = 60_000;
/** The maximum number of omitted objects whose errors are kept. */
const MAX_OMITTED = 1000;

/** The problem of a reflector. The cause is undefined before the first request has failed. */
interface Problem {
  readonly cause?: string;
  readonly message: string;
}

/** Options of a {@link ReflectorStatus}. */
export interface ReflectorStatusOptions {
  /** Whether the resource may not exist from the start, and then counts as empty. Default false. */
  readonly optional?: boolean | undefined;
  /** Called when the problem has begun, changed or ended, and when a request has failed again. */
  readonly onStatus?: (() => void) | undefined;
}

/** The health of one reflector. Its methods record events of the reflector, and count them. */
export class ReflectorStatus {
  readonly #clock: Clock;
  readonly #counters = new ReflectorCounters();
  readonly #omitted = new Map<string, string>();
  #hasRead = false;
  #lastActivity: number | undefined;
  #failure: Problem | undefined;
  #failingSince: number | undefined;
  #failures = 0;
  #needsAction = false;
  #notFoundSince: number | undefined;
  #polling: string | undefined;
  #subscriberFailure: string | undefined;
  readonly #optional: boolean;
  readonly #onStatus: () => void;
  #everRead = false;
  /** Whether {@link takeGone} has returned true since the last complete state. */
  #isGone = false;

  constructor(clock: Clock, { optional = false, onStatus = () => undefined }: ReflectorStatusOptions = {}) {
    this.#clock = clock;
    this.#optional = optional;
    this.#onStatus = onStatus;
  }

  /** A copy of the counters. */
  get metrics(): ReflectorMetrics {
    return this.#counters.metrics;
  }

  get health(): ReflectorHealth {
    const problem = this.#problem();
    return {
      hasRead: this.#hasRead,
      ready: this.#everRead,
      message: problem?.message,
      cause: problem?.cause,
      failingSince: this.#failingSince,
      failures: this.#failures,
      needsAction: this.#needsAction,
      lastActivity: this.#lastActivity,
    };
  }

  count(counter: ReflectorCounter): void {
    this.#counters.count(counter);
  }

  /** A complete state was read without the objects of these errors. */
  read(omitted: readonly ObjectError[]): void {
    if (this.#hasRead) this.count('relists');
    this.#hasRead = true;
    this.#everRead = true;
    this.#isGone = false;
    this.#omitted.clear();
    for (const error of omitted) this.omitted(error.key, error);
    this.#recover();
    this.received();
    this.#onStatus();
  }

  /** Whether the last failure is not over. */
  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** A complete state was read, or a watch works, so the last failure is over. */
  connected(): void {
    if (this.#failure === undefined) return;
    this.#recover();
    this.#onStatus();
  }

  #recover(): void {
    this.#failure = undefined;
    this.#failingSince = undefined;
    this.#failures = 0;
    this.#needsAction = false;
    this.#notFoundSince = undefined;
  }

  /** The server sent something. */
  received(): void {
    this.#lastActivity = this.#clock.now();
  }

  /** An event was applied. */
  applied(key: string): void {
    this.count('events');
    this.#setOmitted(key, undefined);
  }

  /** An object was left out. The error is undefined if the object was deleted. */
  omitted(key: string, error: ObjectError | undefined): void {
    this.count('omittedObjects');
    this.#setOmitted(key, error?.message);
  }

  #setOmitted(key: string, message: string | undefined): void {
    const before = this.#omitted.size;
    if (message === undefined) this.#omitted.delete(key);
    else if (before < MAX_OMITTED || this.#omitted.has(key)) this.#omitted.set(key, message);
    // Only the first and the last omitted object begin or end a problem.
    if ((before === 0) !== (this.#omitted.size === 0)) this.#onStatus();
  }

  /** The source is polled from now on, at this interval in milliseconds. */
  polled(reason: string, interval: number): void {
    const polling = `polled every ${interval / 1000} s, because ${reason}`;
    if (polling === this.#polling) return;
    this.#polling = polling;
    this.#onStatus();
  }

  /** The source is watched again. */
  unpolled(): void {
    if (this.#polling === undefined) return;
    this.#polling = undefined;
    this.#onStatus();
  }

  /** Another request failed, which does not change the problem. */
  alsoFailed(error: unknown): void {
    this.#counters.failed(causeOf(error));
    if (this.#failure === undefined) return;
    this.#failures += 1;
    this.#onStatus();
  }

  /** A subscriber threw an error. */
  subscriberFailed(error: unknown): void {
    this.#counters.failed(SUBSCRIBER_FAILED);
    this.#subscriberFailure = `a subscriber failed: ${messageOf(error)}`;
    this.#onStatus();
  }

  /** A request failed. */
  failed(error: unknown): void {
    const [cause, text] = [causeOf(error), messageOf(error)];
    this.#counters.failed(cause);
    const now = this.#clock.now();
    this.#failure = { cause, message: isForbidden(error) ? `not allowed: ${text}` : text };
    this.#failingSince ??= now;
    this.#failures += 1;
    this.#needsAction = isForbidden(error) || isNotFound(error);
    if (isNotFound(error)) this.#notFoundSince ??= now;
    else this.#notFoundSince = undefined;
    this.#onStatus();
  }

  /**
   * Returns whether the resource has been missing for {@link NOT_FOUND_GRACE_MS}: after a complete state, or from the start if it is
   * optional. Returns true once until the next complete state.
   */
  takeGone(): boolean {
    if (this.#isGone || this.#notFoundSince === undefined || !(this.#hasRead || this.#optional)) return false;
    if (this.#clock.now() - this.#notFoundSince < NOT_FOUND_GRACE_MS) return false;
    this.#hasRead = false;
    this.#isGone = true;
    this.#omitted.clear();
    this.#onStatus();
    return true;
  }

  #problem(): Problem | undefined {
    if (this.#failure !== undefined) return { ...this.#failure, message: this.#failureMessage(this.#failure) };
    if (this.#omitted.size > 0) {
      const [first = ''] = this.#omitted.values();
      const message = this.#omitted.size === 1 ? first : `${first} (and ${this.#omitted.size - 1} more objects)`;
      return { cause: 'omitted objects', message };
    }
    if (this.#subscriberFailure !== undefined) return { cause: SUBSCRIBER_FAILED, message: this.#subscriberFailure };
    if (this.#polling !== undefined) return { cause: 'polled', message: this.#polling };
    return this.#hasRead ? undefined : { message: NO_STATE_YET };
  }

  #failureMessage({ message }: Problem): string {
    if (this.#isGone && this.#optional) return `the resource does not exist and counts as empty: ${message}`;
    return this.#everRead && this.#notFoundSince !== undefined ? `the resource no longer exists: ${message}` : message;
  }
}

/** Returns the message of a thrown value of any type, on one line. */
function messageOf(error: unknown): string {
  return errorMessage(error).replaceAll(/\s+/g, ' ').trim();
}
