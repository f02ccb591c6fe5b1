/**
 * The pace of the reviews of visible namespaces: few at once, and few in a second, for all users of a server together. Reviews wait in the
 * order in which they were requested.
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
  readonly #waiting: (() => void)[] = [];
  /** The times at which the last reviews began, the oldest first. */
  readonly #begun: number[] = [];
  #running = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a review when its turn comes. @throws the error of the review */
  async run<R>(review: () => Promise<R>): Promise<R> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
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
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      this.#begun.push(now);
      next();
    }
    const [oldest] = this.#begun;
    if (this.#waiting.length === 0 || this.#cancel !== undefined || this.#begun.length < MAX_REVIEWS_PER_SECOND) return;
    this.#cancel = this.#clock.schedule((oldest ?? now) + SECOND_MS - now, () => {
      this.#cancel = undefined;
      this.#begin();
    });
  }
}
