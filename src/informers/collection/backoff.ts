/**
 * Delays between retries: of reflectors, of the feeds of handlers, and of the etcd store.
 * @module
 */
import type { Clock } from '../../clock.ts';

/** Delays between retries. Times in milliseconds. The defaults are those of the reflector of client-go. */
export interface BackoffOptions {
  /** The first delay. Default 800. */
  readonly initial?: number | undefined;
  /** The maximum delay. Default 30,000. */
  readonly maximum?: number | undefined;
  /** Each delay is the one before, multiplied by this factor. Default 2. */
  readonly factor?: number | undefined;
  /** The time without a failure after which the next delay is `initial` again. Default 120,000. */
  readonly resetAfter?: number | undefined;
}

/**
 * Growing delays: by default they double from 0.8 s to 30 s. Each delay is shortened at random, by half at most. Otherwise all clients of a
 * server that was down would reconnect at the same time. After two minutes without a failure the delays start again at 0.8 s.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #initial: number;
  readonly #maximum: number;
  readonly #factor: number;
  readonly #resetAfter: number;
  #next: number;
  /** The end of the last delay. */
  #lastRetry = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: () => number, options: BackoffOptions = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#initial = options.initial ?? 800;
    this.#maximum = options.maximum ?? 30_000;
    this.#factor = options.factor ?? 2;
    this.#resetAfter = options.resetAfter ?? 120_000;
    this.#next = this.#initial;
  }

  /** Returns the delay before the next retry, in milliseconds. */
  next(): number {
    const now = this.#clock.now();
    if (now - this.#lastRetry >= this.#resetAfter) this.#next = this.#initial;
    const delay = this.#next * (1 - this.#random() / 2);
    this.#next = Math.min(this.#next * this.#factor, this.#maximum);
    this.#lastRetry = now + delay;
    return delay;
  }
}
