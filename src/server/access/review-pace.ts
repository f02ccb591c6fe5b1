/**
 * The pace of the reviews of visible namespaces: few at once, and few in a second, for all users of a server together. Users take turns, so
 * that one with thousands of namespaces does not delay the others. The reviews of one user run in the order in which they were requested.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';

/** The maximum number of reviews at once. */
export const MAX_REVIEWS_AT_ONCE = 20;
/** The maximum number of reviews that begin in one second. */
export const MAX_REVIEWS_PER_SECOND = 100;
const SECOND_MS = 1000;

/** Limits the reviews of one server. */
export class ReviewPace {
  readonly #clock: Clock;
  /** The reviews that wait, by the names of their users. The first user has the next turn. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** The times at which the last reviews began, the oldest first. */
  readonly #begun: number[] = [];
  #running = 0;
  #total = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of reviews that have begun. */
  get total(): number {
    return this.#total;
  }

  /** The number of reviews that wait for their turn. */
  get waiting(): number {
    let waiting = 0;
    for (const reviews of this.#waiting.values()) waiting += reviews.length;
    return waiting;
  }

  /** Runs a review for a user when its turn comes. @throws the error of the review */
  async run<R>(user: string, review: () => Promise<R>): Promise<R> {
    await new Promise<void>((resolve) => {
      const reviews = this.#waiting.get(user);
      if (reviews === undefined) this.#waiting.set(user, [resolve]);
      else reviews.push(resolve);
      this.#begin();
    });
    try {
      return await review();
    } finally {
      this.#running -= 1;
      this.#begin();
    }
  }

  #begin(): void {
    const now = this.#clock.now();
    // A clock that was set back makes nothing wait.
    const isPast = (begun: number): boolean => now - begun >= SECOND_MS || begun > now;
    while (this.#begun[0] !== undefined && isPast(this.#begun[0])) this.#begun.shift();
    while (this.#running < MAX_REVIEWS_AT_ONCE && this.#begun.length < MAX_REVIEWS_PER_SECOND) {
      const next = this.#next();
      if (next === undefined) return;
      this.#running += 1;
      this.#total += 1;
      this.#begun.push(now);
      next();
    }
    const [oldest] = this.#begun;
    if (this.#waiting.size === 0 || this.#cancel !== undefined || this.#begun.length < MAX_REVIEWS_PER_SECOND) return;
    this.#cancel = this.#clock.schedule((oldest ?? now) + SECOND_MS - now, () => {
      this.#cancel = undefined;
      this.#begin();
    });
  }

  /** Takes the first review of the user whose turn it is. The user then waits for all others. */
  #next(): (() => void) | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [user, reviews] = first;
    const next = reviews.shift();
    this.#waiting.delete(user);
    if (reviews.length > 0) this.#waiting.set(user, reviews);
    return next;
  }
}
