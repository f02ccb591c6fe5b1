/**
 * The open watches of a server, to be ended when it ends.
 *
 * ```
 *   open ──end()──► ending: a watch that opens late is ended at once ──the last has ended──► ended
 * ```
 * @module
 */
import { onAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';

/** What can be ended. */
interface Closable {
  close(): void;
}

/** How they are ended. */
export interface WatchEnding {
  /** Milliseconds over which their ends are spread, so that their clients do not all come back at once. */
  readonly over: number;
  readonly clock: Clock;
  /** Aborted when all that are left are to end now. */
  readonly hurry: AbortSignal;
}

/** Open watches. */
export class OpenWatches {
  readonly #open = new Set<Closable>();
  #ending = false;
  #ended: (() => void) | undefined;

  /** The number of open watches. */
  get size(): number {
    return this.#open.size;
  }

  /** @returns false when the server is ending: then the watch was closed */
  add(watch: Closable): boolean {
    this.#open.add(watch);
    if (this.#ending) watch.close();
    return !this.#ending;
  }

  delete(watch: Closable): void {
    this.#open.delete(watch);
    if (this.#open.size === 0) this.#ended?.();
  }

  /** Ends them all, evenly spread, and all that are still to come. Resolves when none is left. */
  async end({ over, clock, hurry }: WatchEnding): Promise<void> {
    this.#ending = true;
    const watches = [...this.#open];
    const apart = hurry.aborted ? 0 : over / watches.length;
    const cancels: (() => void)[] = [];
    for (const [index, watch] of watches.entries()) {
      if (index * apart === 0) watch.close();
      else cancels.push(clock.schedule(index * apart, () => watch.close()));
    }
    const removeListener = onAbort(hurry, () => {
      for (const watch of this.#open) watch.close();
    });
    await this.#whenEmpty();
    removeListener();
    for (const cancel of cancels) cancel();
  }

  #whenEmpty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ended = resolve;
    });
  }
}
