/** How long a change of upstream takes until the server has it, at the worst: what was lost of upstream shows here, not at clients. */
import type { History } from './history.ts';
import type { Stage } from './stage.ts';

export class Lag {
  readonly #stage: Stage;
  readonly #history: History;
  #awaited: number;
  #since: number = Date.now();
  #longest = 0;

  constructor(stage: Stage, history: History) {
    this.#stage = stage;
    this.#history = history;
    this.#awaited = history.last;
  }

  /** The longest so far, in seconds; as exact as {@link look} is called often. */
  get longest(): number {
    return Math.round(this.#longest / 1000);
  }

  look(): void {
    const now = Date.now();
    this.#longest = Math.max(this.#longest, now - this.#since);
    const reached = this.#stage.revision;
    if (reached === undefined || reached < this.#awaited) return;
    this.#awaited = this.#history.last;
    this.#since = now;
  }
}
