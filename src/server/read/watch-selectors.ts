/**
 * The selectors of all open watches of a server. Each change of a row is compared with each different selector, so their number and size
 * are bounded together.
 * @module
 */
import { tooManyRequests } from '../wire/status.ts';

interface Entry {
  readonly requirements: number;
  watches: number;
}

/** Counts the requirements of the different selectors of open watches. */
export class WatchSelectors {
  readonly #entries = new Map<string, Entry>();
  #requirements = 0;
  #refused = 0;

  /** The number of requirements. Each different selector counts one more. */
  get requirements(): number {
    return this.#requirements;
  }

  /** The number of watches that were refused. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Counts a watch until the signal is aborted. Watches with the same id share their requirements.
   * @throws ApiError 429 if there are too many requirements
   */
  add(
    id: string,
    requirements: number,
    { maximum, signal }: { readonly maximum: number; readonly signal: AbortSignal },
  ): void {
    const known = this.#entries.get(id);
    if (known === undefined && this.#requirements + requirements + 1 > maximum) {
      this.#refused += 1;
      throw tooManyRequests(`the open watches have more than ${maximum} requirements in different selectors`, 1);
    }
    if (signal.aborted) return;
    const entry = known ?? { requirements: requirements + 1, watches: 0 };
    if (known === undefined) {
      this.#entries.set(id, entry);
      this.#requirements += entry.requirements;
    }
    entry.watches += 1;
    signal.addEventListener('abort', () => this.#release(id, entry), { once: true });
  }

  #release(id: string, entry: Entry): void {
    entry.watches -= 1;
    if (entry.watches > 0) return;
    this.#entries.delete(id);
    this.#requirements -= entry.requirements;
  }
}
