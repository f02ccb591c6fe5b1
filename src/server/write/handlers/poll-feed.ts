/**
 * A feed that calls `list` at an interval.
 *
 * ```
 *   list ──complete──► known ──pollEvery──► list
 *     └────failed────► trouble ──backoff──► list
 * ```
 * @module
 */
import { LinkedAbort } from '../../../abort.ts';
import { type Clock, delay } from '../../../clock.ts';
import { Backoff } from '../../../informers/collection/backoff.ts';
import { reasonOf } from '../../../informers/collection/errors.ts';
import type { StoredObject } from '../../../stores/object-store.ts';
import type { Logger } from '../../logger.ts';
import type { Feed } from './handled-collection.ts';
import type { KnownObjects } from './known-objects.ts';

/** The interval of handlers without `pollEvery`. */
const DEFAULT_POLL_INTERVAL_MS = 10_000;
/** The timeout of a call of `list`. */
const LIST_TIMEOUT_MS = 60_000;

/** The parts that feeds use. */
export interface FeedOptions {
  readonly name: string;
  readonly known: KnownObjects;
  /** Whether a key is being written. */
  readonly isBusy: (key: string) => boolean;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** The parts that a {@link PollFeed} uses. */
export interface PollFeedOptions extends FeedOptions {
  /** The time between the end of a list and the next one, in milliseconds. @default ten seconds */
  readonly every?: number | undefined;
  readonly list: (signal: AbortSignal) => Promise<ReadonlyMap<string, StoredObject>>;
}

/** The feed of a resource whose handlers have `list` and no `watch`. */
export class PollFeed implements Feed {
  readonly #options: PollFeedOptions;
  #trouble: string | undefined;
  #lastActivity: number | undefined;

  constructor(options: PollFeedOptions) {
    this.#options = options;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  get lastActivity(): number | undefined {
    return this.#lastActivity;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, clock, random, log, every = DEFAULT_POLL_INTERVAL_MS } = this.#options;
    const backoff = new Backoff(clock, random);
    while (!signal.aborted) {
      let wait = every;
      try {
        await this.#list(signal);
        if (this.#trouble !== undefined) log.info(`${name}: the list works again`);
        this.#trouble = undefined;
      } catch (error) {
        if (signal.aborted) return;
        wait = backoff.next();
        const trouble = `the list failed: ${reasonOf(error)}`;
        if (trouble !== this.#trouble) log.error(`${name}: the list failed`, error);
        this.#trouble = trouble;
      }
      await delay(clock, wait, signal);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, known, list, isBusy } = this.#options;
    const lifetime = new LinkedAbort(signal);
    const cancel = clock.schedule(LIST_TIMEOUT_MS, () =>
      lifetime.abort(new Error(`the list took longer than ${LIST_TIMEOUT_MS / 1000} s`)),
    );
    const observation = known.observe();
    try {
      const objects = await list(lifetime.signal);
      if (signal.aborted) return;
      this.#lastActivity = clock.now();
      known.recordAll(objects, observation, isBusy);
    } finally {
      observation.end();
      cancel();
      lifetime.unlink();
    }
  }
}
