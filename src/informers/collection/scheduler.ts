/**
 * The tick: how a change goes through the graph of collections.
 *
 * ```
 *   idle ──write()──► apply ──► run nodes by height ──► publish to subscribers ──► settle ──► idle, or the next write
 *                       ▲                                        │
 *                       └── writes and subscriptions that arrive meanwhile wait their turn
 * ```
 *
 * A tick applies one write, runs every node that it reaches once, in order of height (one more than the highest input), and only
 * then tells the subscribers. So a diamond shows no half-done row, a subscriber that writes does not reorder what others see, and
 * one that arrives during a change misses nothing. JavaScript runs one thing at a time, so one scheduler serves a process: two
 * collections that meet in a join must share their ticks.
 * @module
 */

/** A step of a pipeline, as the scheduler sees it. */
export interface TickNode {
  /** One more than the highest input; sources have 0. */
  readonly height: number;
  /** Takes what its inputs left for it and hands on what changed. Must not throw. */
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
   * Runs `apply` as a tick of its own: at once, or after the ticks that wait already.
   * What `apply` throws is thrown to the caller when it ran at once; the graph stays usable.
   */
  write(apply: () => void): void {
    this.#writes.push(apply);
    if (!this.#running) this.#drain();
  }

  /** Inside a tick: `node` has input. */
  dirty(node: TickNode): void {
    (this.#dirty[node.height] ??= new Set()).add(node);
  }

  /** Inside a tick: tells subscribers, after all nodes have run. */
  publish(publication: () => void): void {
    this.#publications.push(publication);
  }

  /** Inside a tick: runs after all subscribers have been told. */
  settle(settlement: () => void): void {
    this.#settlements.push(settlement);
  }

  /** Takes the dirty node of the least height. Heights are few, so looking from the bottom each time is cheap. */
  #lowest(): TickNode | undefined {
    for (let height = 0; height < this.#dirty.length; height += 1) {
      const nodes = this.#dirty[height];
      if (nodes === undefined) continue;
      for (const node of nodes) {
        nodes.delete(node);
        if (node.height <= height) return node;
        // It has been lifted since it was marked: an input that is new to it runs first.
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
