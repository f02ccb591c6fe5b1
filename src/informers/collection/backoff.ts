/**
 * How long to wait before the next attempt.
 * @module
 */
import type { Clock } from '../../clock.ts';

/** Milliseconds. The defaults are those of client-go's reflector. */
export interface BackoffOptions {
  readonly initial?: number | undefined;
  readonly longest?: number | undefined;
  readonly factor?: number | undefined;
  /** So long after the last wait, the next one is the first again. */
  readonly resetAfter?: number | undefined;
}

/**
 * Waits that double from 0.8 s to 30 s, each shortened at random to no less than half, so that many clients of a server that comes
 * back do not arrive together. Begins anew after two minutes without a failure.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #initial: number;
  readonly #longest: number;
  readonly #factor: number;
  readonly #resetAfter: number;
  #next: number;
  #waitedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: () => number, options: BackoffOptions = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#initial = options.initial ?? 800;
    this.#longest = options.longest ?? 30_000;
    this.#factor = options.factor ?? 2;
    this.#resetAfter = options.resetAfter ?? 120_000;
    this.#next = this.#initial;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const now = this.#clock.now();
    if (now - this.#waitedUntil >= this.#resetAfter) this.#next = this.#initial;
    const wait = this.#next * (1 - this.#random() / 2);
    this.#next = Math.min(this.#next * this.#factor, this.#longest);
    this.#waitedUntil = now + wait;
    return wait;
  }
}
