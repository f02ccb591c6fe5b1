/**
 * Delays between retries.
 * @module
 */
import type { Clock } from '../../clock.ts';

/** The delays in milliseconds. The defaults are those of the reflector of client-go. */
export interface BackoffOptions {
  readonly initial?: number | undefined;
  readonly maximum?: number | undefined;
  readonly factor?: number | undefined;
  /** The time without a failure after which the next delay is `initial` again. */
  readonly resetAfter?: number | undefined;
}

/**
 * Delays that double from 0.8 s to 30 s. Each is reduced at random, to half at the least, so that the clients of a server that was down do not
 * all reconnect at the same time. After two minutes without a failure the delays start again at 0.8 s.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #initial: number;
  readonly #maximum: number;
  readonly #factor: number;
  readonly #resetAfter: number;
  #next: number;
  #waitedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: () => number, options: BackoffOptions = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#initial = options.initial ?? 800;
    this.#maximum = options.maximum ?? 30_000;
    this.#factor = options.factor ?? 2;
    this.#resetAfter = options.resetAfter ?? 120_000;
    this.#next = this.#initial;
  }

  /** The next delay, in milliseconds. */
  next(): number {
    const now = this.#clock.now();
    if (now - this.#waitedUntil >= this.#resetAfter) this.#next = this.#initial;
    const wait = this.#next * (1 - this.#random() / 2);
    this.#next = Math.min(this.#next * this.#factor, this.#maximum);
    this.#waitedUntil = now + wait;
    return wait;
  }
}
