/**
 * The open watches of a server, to be ended when it ends.
 *
 * ```
 *   open ──close()──► closed: a watch that opens late is ended at once
 * ```
 * @module
 */

/** What can be ended. */
interface Closable {
  close(): void;
}

/** Open watches. */
export class OpenWatches {
  readonly #open = new Set<Closable>();
  #closed = false;

  /** The number of open watches. */
  get size(): number {
    return this.#open.size;
  }

  /** @returns false when the server is ending: then the watch was closed */
  add(watch: Closable): boolean {
    this.#open.add(watch);
    if (this.#closed) watch.close();
    return !this.#closed;
  }

  delete(watch: Closable): void {
    this.#open.delete(watch);
  }

  /** Ends them all, and all that are still to come. */
  close(): void {
    this.#closed = true;
    for (const watch of this.#open) watch.close();
  }
}
