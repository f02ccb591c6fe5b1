/** Measures how long the server takes to receive an upstream change. A lost upstream event shows here, not at the clients. */
import type { History } from './history.ts';
import type { SoakEnvironment } from './soak-environment.ts';

export class Lag {
  readonly #environment: SoakEnvironment;
  readonly #history: History;
  #awaited: number;
  #since: number = Date.now();
  #longest = 0;

  constructor(environment: SoakEnvironment, history: History) {
    this.#environment = environment;
    this.#history = history;
    this.#awaited = history.last;
  }

  /** The longest lag so far, in seconds. The precision depends on the interval between calls of {@link sample}. */
  get longest(): number {
    return Math.round(this.#longest / 1000);
  }

  sample(): void {
    const now = Date.now();
    this.#longest = Math.max(this.#longest, now - this.#since);
    const reached = this.#environment.revision;
    if (reached === undefined || reached < this.#awaited) return;
    this.#awaited = this.#history.last;
    this.#since = now;
  }
}
