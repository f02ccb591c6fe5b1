/**
 * The timer of bookmarks. All watches of a server share it, because a timer for each of thousands of watches costs more than the bookmarks.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';

/** The interval of the bookmarks of one watch, in seconds (conformance 2.3). */
const INTERVAL_S = 60;
/** The number of slots. It is greater than the longest interval. */
const SLOTS = 64;
const TICK_MS = 1000;

/** Calls functions about once a minute. It has one slot for each second, and runs only while there are functions to call. */
export class BookmarkTimer {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #slots: readonly Set<Subscription>[] = Array.from({ length: SLOTS }, () => new Set());
  #size = 0;
  #tick = 0;
  #cancel: Cancel | undefined;

  /** @param random returns a number in [0, 1). It spreads the calls of watches that started together. */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Calls `send` about once a minute, until it is cancelled. */
  add(send: () => void): Cancel {
    const subscription: Subscription = { send, slot: undefined };
    this.#size += 1;
    this.#enqueue(subscription);
    this.#schedule();
    return () => {
      if (subscription.slot?.delete(subscription) !== true) return;
      this.#size -= 1;
      if (this.#size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #enqueue(subscription: Subscription): void {
    const seconds = Math.round(INTERVAL_S * (0.98 + 0.04 * this.#random()));
    subscription.slot = this.#slots[(this.#tick + seconds) % SLOTS];
    subscription.slot?.add(subscription);
  }

  #schedule(): void {
    this.#cancel ??= this.#clock.schedule(TICK_MS, () => this.#onTick());
  }

  #onTick(): void {
    this.#cancel = undefined;
    this.#tick += 1;
    this.#schedule();
    const due = this.#slots[this.#tick % SLOTS] ?? [];
    for (const subscription of Array.from(due)) {
      // An earlier call can have cancelled this one.
      if (subscription.slot?.delete(subscription) !== true) continue;
      this.#enqueue(subscription);
      subscription.send();
    }
  }
}

interface Subscription {
  readonly send: () => void;
  /** The slot of the next call. */
  slot: Set<Subscription> | undefined;
}
