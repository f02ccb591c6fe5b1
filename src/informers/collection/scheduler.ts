/**
 * The scheduler of ticks. A tick is the path of one change through the graph of collections.
 *
 * ```
 *   idle ──write()──► apply ──► run nodes by height ──► publish to subscribers ──► settle ──► idle, or the next write
 *                       ▲                                        │
 *                       └── writes and subscriptions that arrive during the tick wait
 * ```
 *
 * A tick applies one write. It runs every node that the write reaches once, in order of height (one more than the highest input). After
 * that, it calls the subscribers. Therefore:
 * - a node with two paths to one source never makes a row from a mixture of old and new state;
 * - a subscriber that writes does not change the order of events for other subscribers;
 * - a subscriber that arrives during a change misses nothing.
 *
 * One scheduler serves the whole process, because two collections that are joined must share their ticks.
 * @module
 */

/** A node of the graph, as far as the scheduler uses it. */
export interface TickNode {
  /** One more than the highest input; sources have 0. */
  readonly height: number;
  /** Processes the batches of its inputs and emits the changes. Must not throw. */
  run(): void;
}

/** Runs ticks. */
export class Scheduler {
  readonly #writes: (() => void)[] = [];
  readonly #dirty: Set<TickNode>[] = [];
  #publications: (() => void)[] = [];
  #settlements: (() => void)[] = [];
  #running = false;

  /**
   * Runs `apply` as a separate tick: immediately, or after the ticks that already wait. If it runs immediately, its error is thrown to the
   * caller. The graph stays usable.
   */
  write(apply: () => void): void {
    this.#writes.push(apply);
    if (!this.#running) this.#drain();
  }

  /** Schedules `node` to run in this tick. */
  dirty(node: TickNode): void {
    (this.#dirty[node.height] ??= new Set()).add(node);
  }

  /** Schedules a call of subscribers in this tick, after all nodes have run. */
  publish(publication: () => void): void {
    this.#publications.push(publication);
  }

  /** Schedules a call in this tick, after all subscribers have been called. */
  settle(settlement: () => void): void {
    this.#settlements.push(settlement);
  }

  /** Removes and returns the scheduled node with the lowest height. There are few heights, so searching from 0 is cheap. */
  #lowest(): TickNode | undefined {
    for (let height = 0; height < this.#dirty.length; height += 1) {
      const nodes = this.#dirty[height];
      if (nodes === undefined) continue;
      for (const node of nodes) {
        nodes.delete(node);
        if (node.height <= height) return node;
        // The node got a new input after it was scheduled, so its height has increased. That input must run first.
        this.dirty(node);
      }
    }
    return undefined;
  }

  #drain(): void {
    const errors: unknown[] = [];
    this.#running = true;
    try {
      for (let write = this.#writes.shift(); write !== undefined; write = this.#writes.shift())
        this.#tick(write, errors);
    } finally {
      this.#running = false;
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several writes to collections failed');
  }

  #tick(write: () => void, errors: unknown[]): void {
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        errors.push(error);
      }
    };
    attempt(write);
    for (let node = this.#lowest(); node !== undefined; node = this.#lowest()) {
      const next = node;
      attempt(() => next.run());
    }
    const publications = this.#publications;
    this.#publications = [];
    for (const publication of publications) attempt(publication);
    const settlements = this.#settlements;
    this.#settlements = [];
    for (const settlement of settlements) attempt(settlement);
  }
}

/** The scheduler of this process. */
export const scheduler: Scheduler = new Scheduler();
