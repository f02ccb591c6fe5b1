/**
 * The times of one set of visible namespaces: when it is outdated, when it is reviewed, and for how long it is used meanwhile.
 *
 * ```
 *   unknown ──reviewed──► known ──rights changed, 2 s later, 5 minutes──► outdated ──reviewed──► known
 *                                                                            │ failed ──1 s──► outdated
 *                                                                            └──10 s──► not used (by watches: 5 minutes of failures)
 * ```
 * @module
 */
import type { Clock } from '../../clock.ts';

/** The time after which a set is reviewed again, in milliseconds. */
export const RENEWAL_MS = 300_000;
/** The time for which an outdated set is used while it is reviewed, in milliseconds: that of kept decisions. */
export const OUTDATED_MS = 10_000;
/**
 * The time after a change of rights after which sets are reviewed once more, in milliseconds: the cluster's authorizer may learn of the
 * change later than the informers of this server.
 */
export const SETTLE_MS = 2000;
/** The minimum time between the beginnings of two reviews of a set, in milliseconds. */
export const MIN_INTERVAL_MS = 1000;
/** The time for which failing reviews do not end a watch, in milliseconds. */
export const TOLERANCE_MS = 300_000;

/** A review of the whole set that is in progress. */
export interface BegunReview {
  readonly at: number;
  /** The change of rights that it should see. */
  readonly changedAt: number | undefined;
}

/** The times of one set. */
export class ReviewTimes {
  readonly #clock: Pick<Clock, 'now'>;
  /** The time of the last complete review. */
  #reviewedAt = -Infinity;
  /** The time of the first change of rights that no complete review has seen. */
  #changedAt: number | undefined;
  /** The time at which the set must be reviewed because of the last change of rights. */
  #settledAt: number;
  #begunAt = -Infinity;
  #failingSince: number | undefined;
  #failedAt = -Infinity;

  /** @param rightsChangedAt the time of the last change of rights before now: the first review may not see it */
  constructor(clock: Pick<Clock, 'now'>, rightsChangedAt = -Infinity) {
    this.#clock = clock;
    this.#settledAt = rightsChangedAt + SETTLE_MS;
  }

  /** Whether the set may be another one: no complete review has seen the last change of rights, or it is too long ago. */
  get isOutdated(): boolean {
    return this.#outdatedSince() !== undefined;
  }

  /** Whether the set is outdated for so long that requests must not use it. */
  get isOver(): boolean {
    const outdated = this.#outdatedSince();
    return outdated !== undefined && this.#clock.now() - outdated >= OUTDATED_MS;
  }

  /** Records that the rights of some users have changed. */
  rightsChanged(): void {
    const now = this.#clock.now();
    this.#changedAt ??= now;
    this.#settledAt = now + SETTLE_MS;
  }

  /** Whether a review may begin now. @param isWhole whether it is a review of the whole set, not only of new namespaces */
  mayBegin(isWhole: boolean): boolean {
    const now = this.#clock.now();
    if (now - this.#failedAt < MIN_INTERVAL_MS) return false;
    return !isWhole || now - this.#begunAt >= MIN_INTERVAL_MS;
  }

  /** Records the beginning of a review of the whole set. */
  begin(): BegunReview {
    const begun = { at: this.#clock.now(), changedAt: this.#changedAt };
    this.#begunAt = begun.at;
    this.#changedAt = undefined;
    return begun;
  }

  /** Records the end of a review of the whole set. It counts from its beginning, because it shows the rights of that time. */
  complete({ at }: BegunReview): void {
    this.#reviewedAt = at;
  }

  /** Records that a review of the whole set has failed, so that the change of rights has not been seen. */
  abandon({ changedAt }: BegunReview): void {
    this.#changedAt = changedAt ?? this.#changedAt;
  }

  /** Records that a review has succeeded, also one of new namespaces. */
  succeeded(): void {
    this.#failingSince = undefined;
  }

  /** Records that a review has failed. @returns whether reviews have failed for so long that watches must end */
  failed(): boolean {
    const now = this.#clock.now();
    this.#failedAt = now;
    this.#failingSince ??= now;
    return now - this.#failingSince >= TOLERANCE_MS;
  }

  /** Returns the time until the next review of a set that is watched, in milliseconds. @param isFresh whether it needs none now */
  untilNext(isFresh: boolean): number {
    const renewal = this.#reviewedAt + RENEWAL_MS;
    const next = this.#reviewedAt < this.#settledAt ? Math.min(this.#settledAt, renewal) : renewal;
    const earliest = Math.max(this.#begunAt, this.#failedAt) + MIN_INTERVAL_MS;
    return Math.max(0, (isFresh ? next : earliest) - this.#clock.now());
  }

  /** The time since when the set may be another one; undefined if a complete review has seen everything. */
  #outdatedSince(): number | undefined {
    const times = [this.#reviewedAt + RENEWAL_MS];
    if (this.#changedAt !== undefined) times.push(this.#changedAt);
    if (this.#reviewedAt < this.#settledAt) times.push(this.#settledAt);
    const first = Math.min(...times);
    return first <= this.#clock.now() ? first : undefined;
  }
}
