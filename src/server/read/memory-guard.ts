/**
 * Refuses new lists and watches while the memory of the process is nearly exhausted.
 *
 * ```
 *   normal ──above the limit──► high ──below the limit less 5 %, or no reading for a minute──► normal
 * ```
 * The server logs both transitions. In the state `high`, it refuses requests only while the last reading is above the limit.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import type { Logger } from '../logger.ts';
import { tooManyRequests } from '../wire/status.ts';
import { maximumMemory, type MemoryReading } from './process-memory.ts';

/**
 * The time after which a reading says nothing, in milliseconds. A server that refuses everything allocates so little that no collection
 * follows, although its memory may be free by then. Serving requests again leads to the next reading.
 */
const VALID_MS = 60_000;
/** The state is normal again when the memory is below the limit by this number of percentage points. This limits the log. */
const HYSTERESIS = 5;
/** The value of `Retry-After` in seconds. */
const RETRY_SECONDS = 5;

/** Options of {@link MemoryGuard}. */
export interface MemoryGuardOptions {
  /** The limit in percent; see {@link Limits.memoryPercent}. */
  readonly percent: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The guard of one server. */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  #used = 0;
  #maximum = maximumMemory();
  #isHigh = false;
  #refused = 0;
  #cancel: Cancel = () => undefined;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
  }

  /** The number of requests that were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** The maximum of the last reading, in bytes. */
  get maximum(): number {
    return this.#maximum;
  }

  /** The share of the memory that was in use in the last reading, from 0 to 1. */
  get used(): number {
    return this.#used / 100;
  }

  /** Takes over a new reading. */
  record({ live, maximum }: MemoryReading): void {
    const { percent, clock, log } = this.#options;
    this.#maximum = maximum;
    if (percent >= 100) return;
    this.#used = (live / maximum) * 100;
    this.#cancel();
    if (this.#used > percent) {
      this.#cancel = clock.schedule(VALID_MS, () => this.#normal(`no collection for ${VALID_MS / 1000} s`));
      if (!this.#isHigh) log.warn(`memory: ${inUse(live, maximum)}; lists and watches get 429 above ${percent} %`);
      this.#isHigh = true;
    } else if (this.#used < percent - HYSTERESIS) {
      this.#normal(inUse(live, maximum));
    }
  }

  /** @throws ApiError 429 while the memory is above the limit */
  requireMemory(): void {
    if (this.#used <= this.#options.percent) return;
    this.#refused += 1;
    throw tooManyRequests(
      'the server has too little memory for new lists and watches, please try again later',
      RETRY_SECONDS,
    );
  }

  /** Ends the state `high`, also when the server stops. */
  stop(): void {
    this.#cancel();
    this.#used = 0;
    this.#isHigh = false;
  }

  #normal(reason: string): void {
    if (this.#isHigh) this.#options.log.warn(`memory: ${reason}; lists and watches are served again`);
    this.stop();
  }
}

function inUse(live: number, maximum: number): string {
  return `${Math.round((live / maximum) * 100)} % of ${Math.round(maximum / 2 ** 20)} MiB are in use after a collection`;
}
