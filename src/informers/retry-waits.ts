/**
 * The waits of a reflector after failures: a backoff with jitter, and at least the time that the server requested.
 *
 * A wait counts from the start of its round, so a request that timed out is a part of it. A 410 is not a failure: the reflector reads without
 * a wait, unless 410s repeat.
 * @module
 */
import type { Clock } from '../clock.ts';
import { unreachable } from '../unreachable.ts';
import { Backoff } from './collection/backoff.ts';
import { retryAfter } from './errors.ts';
import type { Recovery, State, Waiting } from './reflector-state.ts';

/**
 * The time after a complete state in which a failed watch does not lead to another one without a wait, unless a probe has shown that the
 * state is old.
 */
const RECENT_STATE_MS = 30_000;
/** The minimum time between two 410 after which the reflector reads without a wait, if frames have arrived, and if none have. */
const EXPIRY_INTERVAL_MS = { afterFrames: 1000, withoutFrames: 10_000 };
/** The minimum wait after a round in which all ways have failed. */
const MIN_WAIT_MS = 400;
/** The maximum Retry-After that the reflector respects. */
const MAX_RETRY_AFTER_MS = 300_000;

/** The facts about the last complete state on which a wait depends. */
export interface LastState {
  /** Whether no frame has arrived since. */
  readonly noFrames: boolean;
  /** Whether a probe has shown that upstream is further. */
  readonly isBehind: boolean;
}

/** Computes the waits of one reflector. */
export class RetryWaits {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  /** The waits after a 410. */
  readonly #expiries: Backoff;
  #lastState = Number.NEGATIVE_INFINITY;
  #lastExpiry = Number.NEGATIVE_INFINITY;
  #roundStart: number;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#backoff = new Backoff(clock, random);
    this.#expiries = new Backoff(clock, random);
    this.#roundStart = clock.now();
  }

  /** A round begins: after a wait, or with the failure of something that worked. */
  roundStarted(): void {
    this.#roundStart = this.#clock.now();
  }

  /** A complete state was read. */
  stateRead(): void {
    this.#lastState = this.#clock.now();
    this.roundStarted();
  }

  /** Whether a complete state was read in the last {@link RECENT_STATE_MS}. */
  get hasRecentState(): boolean {
    return this.#clock.now() - this.#lastState < RECENT_STATE_MS;
  }

  /** Returns the state after a failure: the next one, or the wait before it. */
  after<T>({ next, wait }: Recovery, error: unknown, { noFrames, isBehind }: LastState): State<T> {
    switch (wait) {
      case 'none':
        return next;
      case 'backoff':
        return this.before(next, error);
      case 'backoffIfRecent':
        return this.hasRecentState && !isBehind ? this.before(next, error) : next;
      case 'expiry': {
        const now = this.#clock.now();
        const sinceLast = now - this.#lastExpiry;
        this.#lastExpiry = now;
        if (sinceLast >= EXPIRY_INTERVAL_MS[noFrames ? 'withoutFrames' : 'afterFrames']) return next;
        return { at: 'waiting', milliseconds: this.#expiries.next(), next };
      }
      default:
        return unreachable(wait);
    }
  }

  /** Returns the wait before a state. */
  before<T>(next: Waiting<T>['next'], error?: unknown): Waiting<T> {
    const requested = Math.min(retryAfter(error) ?? 0, MAX_RETRY_AFTER_MS);
    const waited = this.#clock.now() - this.#roundStart;
    return { at: 'waiting', milliseconds: Math.max(this.#backoff.next() - waited, MIN_WAIT_MS, requested), next };
  }
}
