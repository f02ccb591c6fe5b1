/**
 * What a reflector counts.
 * @module
 */

/** Counters since the reflector was made; they only grow. */
export interface ReflectorMetrics {
  /** Complete states read by list. */
  readonly lists: number;
  /** Complete states read by WatchList. */
  readonly watchLists: number;
  /** Complete states read after the first, however. */
  readonly relists: number;
  /** Watches accepted by the server. */
  readonly watches: number;
  /** Watches that ended and were opened again from where they had been. */
  readonly reconnects: number;
  /** ADDED, MODIFIED and DELETED handed on. */
  readonly events: number;
  readonly bookmarks: number;
  /** Events dropped, because what they say had been applied before. */
  readonly droppedEvents: number;
  /** Objects left out, because the transform failed for them. */
  readonly omittedObjects: number;
  /** Failures by cause: `UpstreamApiError 410`, `ConnectionError`. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What of {@link ReflectorMetrics} is a plain number. */
export type ReflectorCounter = Exclude<keyof ReflectorMetrics, 'errors'>;

/** So many causes are counted apart; later ones as `other`. */
const CAUSES = 50;

/** Counts. */
export class ReflectorCounters {
  readonly #counts: Record<ReflectorCounter, number> = {
    lists: 0,
    watchLists: 0,
    relists: 0,
    watches: 0,
    reconnects: 0,
    events: 0,
    bookmarks: 0,
    droppedEvents: 0,
    omittedObjects: 0,
  };
  readonly #errors = new Map<string, number>();

  add(counter: ReflectorCounter, number = 1): void {
    this.#counts[counter] += number;
  }

  failed(cause: string): void {
    const name = this.#errors.has(cause) || this.#errors.size < CAUSES ? cause : 'other';
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1);
  }

  /** A copy. */
  snapshot(): ReflectorMetrics {
    return { ...this.#counts, errors: Object.fromEntries(this.#errors) };
  }
}

/** The sum of several. */
export function sumMetrics(all: readonly ReflectorMetrics[]): ReflectorMetrics {
  const sum = new ReflectorCounters();
  const errors: Record<string, number> = {};
  for (const { errors: causes, ...counts } of all) {
    for (const [name, count] of Object.entries(counts)) sum.add(name as ReflectorCounter, count);
    for (const [cause, count] of Object.entries(causes)) errors[cause] = (errors[cause] ?? 0) + count;
  }
  return { ...sum.snapshot(), errors };
}
