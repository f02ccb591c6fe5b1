/**
 * The queue of writes: one write at a time for each key. If the request of a write ends before its handler returns, the key stays locked
 * until the handler returns or a timeout expires.
 * @module
 */
import { unlessAborted } from '../../../abort.ts';
import type { Clock } from '../../../clock.ts';
import { WriteOutcomeUnknownError } from '../../../stores/errors.ts';
import type { Logger } from '../../logger.ts';
import { tooManyRequests } from '../../wire/status.ts';
import { HandlerError, HandlerUnsettledError } from './handler-error.ts';
import type { KnownObjects, Observation } from './known-objects.ts';

/** The maximum time for which a key stays locked after the request of its write has ended. */
const MAX_HOLD_MS = 30_000;

/** A write while it holds the locks of its keys. */
export interface HeldWrite {
  /** The states that were recorded since the write began. */
  readonly observation: Observation;
  /** Whether the keys were released. Another write may have followed, so the handler's result may be out of date. */
  readonly isReleased: boolean;
}

/** The parts that a {@link WriteQueue} uses. */
export interface WriteQueueOptions {
  readonly known: KnownObjects;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The writes of one resource. */
export class WriteQueue {
  readonly #keys = new KeyQueues();
  readonly #options: WriteQueueOptions;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** Whether a key is being written. */
  isBusy(key: string): boolean {
    return this.#keys.isBusy(key);
  }

  /**
   * Runs a write of one key when all earlier writes of the key have ended.
   * @throws WriteOutcomeUnknownError if the request ends before the handler returns
   * @throws ApiError 429 if the key has too many writers
   */
  async run<V>(key: string, signal: AbortSignal, write: (held: HeldWrite) => Promise<V>): Promise<V> {
    const release = await this.#keys.enter(key, signal);
    return this.#hold(key, release, this.#options.known.observe(key), write);
  }

  /** Runs a write of several keys, as {@link run} does. */
  async runAll<V>(keys: Iterable<string>, signal: AbortSignal, write: (held: HeldWrite) => Promise<V>): Promise<V> {
    const release = await this.#keys.enterAll(keys, signal);
    return this.#hold('several objects', release, this.#options.known.observe(), write);
  }

  /** @param label names the objects in messages */
  async #hold<V>(
    label: string,
    release: Release,
    observation: Observation,
    write: (held: HeldWrite) => Promise<V>,
  ): Promise<V> {
    const held = { observation, isReleased: false };
    const end = (): void => {
      held.isReleased = true;
      observation.end();
      release();
    };
    try {
      const outcome = await write(held);
      end();
      return outcome;
    } catch (error) {
      if (error instanceof HandlerUnsettledError) {
        this.#endLater(label, error, error.settled, end);
        throw new WriteOutcomeUnknownError(label, error);
      }
      if (error instanceof HandlerError && error.settled !== undefined) {
        this.#endLater(label, error, error.settled, end);
      } else end();
      throw error;
    }
  }

  /** Calls `end` when the handler of a write that has failed returns, or the timeout expires. */
  #endLater(label: string, error: Error, settled: Promise<void>, end: () => void): void {
    const { clock, log } = this.#options;
    log.warn(`${error.message}; ${label} can be written again when it returns, or after ${MAX_HOLD_MS / 1000} s`);
    const cancel = clock.schedule(MAX_HOLD_MS, end);
    void settled.then(() => {
      cancel();
      end();
    });
  }
}

/** The maximum number of writers of one key: the writer that holds the key, and those that wait for it. */
const MAX_WRITERS_PER_KEY = 256;

/** Releases a key for the next writer. A second call has no effect. */
export type Release = () => void;

interface Queue {
  /** The number of writers that hold the key (one at most) or wait for it. */
  writers: number;
  /** Resolves when all earlier writers have released the key. */
  tail: Promise<void>;
}

/** One writer at a time for each key, in order of arrival. */
export class KeyQueues {
  readonly #queues = new Map<string, Queue>();

  /** Whether a writer holds a key or waits for it. */
  isBusy(key: string): boolean {
    return this.#queues.has(key);
  }

  /**
   * Resolves when the caller holds the key.
   * @throws ApiError 429 if the key has too many writers
   * @throws the reason of the signal if it is aborted first
   */
  async enter(key: string, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    const queue = this.#queues.get(key) ?? { writers: 0, tail: Promise.resolve() };
    if (queue.writers >= MAX_WRITERS_PER_KEY) throw tooManyRequests(`too many requests write ${key} at once`, 1);
    this.#queues.set(key, queue);
    queue.writers += 1;
    const before = queue.tail;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    queue.tail = before.then(() => released);
    let isReleased = false;
    const releaseOnce = (): void => {
      if (isReleased) return;
      isReleased = true;
      queue.writers -= 1;
      if (queue.writers === 0) this.#queues.delete(key);
      release();
    };
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      releaseOnce();
      throw error;
    }
    return releaseOnce;
  }

  /** Resolves when the caller holds all keys. Keys are locked in sorted order, so that two writers never wait for each other. */
  async enterAll(keys: Iterable<string>, signal: AbortSignal): Promise<Release> {
    const entered: Release[] = [];
    const release = (): void => entered.forEach((releaseKey) => releaseKey());
    try {
      for (const key of [...new Set(keys)].toSorted()) entered.push(await this.enter(key, signal));
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }
}
