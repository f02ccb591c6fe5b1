/**
 * The open watches of a server: fair scheduling of their writes, and their common end.
 *
 * ```
 *   open ──end()──► ending: a new watch is closed at once ──the last watch has closed──► ended
 * ```
 * @module
 */
import { onAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';

/** The maximum number of writes between two rounds of the event loop. */
const WRITES_PER_ROUND = 200;

/** Schedules the writes of many watches. */
export interface WriteScheduler {
  /** Calls `write` soon. If the same function is scheduled again before the call, it is called once. */
  schedule(write: () => void): void;
}

/**
 * Schedules writes on the event loop. Events that follow each other quickly are sent in one write, because a scheduled function is called
 * once. After {@link WRITES_PER_ROUND} calls, the event loop can do other work (measured in `design/ecosystem.md`: slices of 200 cost less
 * than all writes at once, and the loop stays responsive).
 */
export class EventLoopScheduler implements WriteScheduler {
  readonly #queue = new Set<() => void>();
  readonly #onError: (error: unknown) => void;
  #isScheduled = false;

  /** @param onError receives the error of a write. The other writes continue. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  schedule(write: () => void): void {
    this.#queue.add(write);
    this.#scheduleRound();
  }

  #scheduleRound(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#round());
  }

  #round(): void {
    this.#isScheduled = false;
    let left = WRITES_PER_ROUND;
    for (const write of this.#queue) {
      if (left === 0) break;
      left -= 1;
      this.#queue.delete(write);
      try {
        write();
      } catch (error) {
        this.#onError(error);
      }
    }
    if (this.#queue.size > 0) this.#scheduleRound();
  }
}

interface Closable {
  close(): void;
}

/** Options of {@link OpenWatches.end}. */
export interface WatchEnding {
  /** The period in milliseconds over which the closes are spread, so that the clients do not all reconnect at once. */
  readonly period: number;
  readonly clock: Clock;
  /** When aborted, all remaining watches are closed at once. */
  readonly force: AbortSignal;
}

/** The set of open watches. */
export class OpenWatches {
  readonly #open = new Set<Closable>();
  #isEnding = false;
  #onEmpty: (() => void) | undefined;

  /** The number of open watches. */
  get size(): number {
    return this.#open.size;
  }

  /** Adds a watch. @returns false if the server is ending; then the watch has been closed */
  add(watch: Closable): boolean {
    this.#open.add(watch);
    if (this.#isEnding) watch.close();
    return !this.#isEnding;
  }

  delete(watch: Closable): void {
    this.#open.delete(watch);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /** Closes all open watches, evenly spread over the period, and immediately closes every new watch. Resolves when no watch is open. */
  async end({ period, clock, force }: WatchEnding): Promise<void> {
    this.#isEnding = true;
    const watches = [...this.#open];
    const interval = force.aborted ? 0 : period / watches.length;
    const cancels: (() => void)[] = [];
    for (const [index, watch] of watches.entries()) {
      if (index * interval === 0) watch.close();
      else cancels.push(clock.schedule(index * interval, () => watch.close()));
    }
    const removeListener = onAbort(force, () => {
      for (const watch of this.#open) watch.close();
    });
    await this.#whenEmpty();
    removeListener();
    for (const cancel of cancels) cancel();
  }

  #whenEmpty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
