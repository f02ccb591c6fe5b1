/**
 * Compressions in the thread pool, a bounded number at once.
 * @module
 */

/** The maximum number of compressions at once. More would fill the thread pool, which also serves the file system and DNS. */
const CONCURRENT = 2;

/** Runs compressions in the order in which they were requested. */
export class Compressions {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs a compression when its turn comes. */
  async run<T>(compress: () => Promise<T>): Promise<T> {
    if (this.#running >= CONCURRENT) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await compress();
    } finally {
      // The place goes to the next one, if one waits.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
