/**
 * The selections of a view whose rows are kept arranged: those that clients request again.
 *
 * ```
 *   unknown ──a list──► seen ──another list within a minute──► arranged ──no list for a minute, or too many others──► unknown
 * ```
 * @module
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ArrangedRows } from './arranged-rows.ts';

/** The time after the last list of a selection in which it is remembered. */
const IDLE_MS = 60_000;
/** The maximum number of arranged selections of a view. */
const MAX_ARRANGED = 50;
/** The maximum number of selections that were requested once and are remembered, as hashes. */
const MAX_SEEN = 1000;

/** A selection that is arranged. */
interface Arranged {
  readonly rows: ArrangedRows;
  readAt: number;
}

/** The arranged selections of one view. */
export class ArrangedSelections {
  readonly #clock: { readonly now: () => number };
  readonly #seen = new LRUCache<string, number>({ max: MAX_SEEN });
  readonly #arranged = new LRUCache<string, Arranged>({ max: MAX_ARRANGED, disposeAfter: ({ rows }) => rows.retire() });

  constructor(clock: { readonly now: () => number }) {
    this.#clock = clock;
  }

  /** The number of arranged selections. */
  get size(): number {
    return this.#arranged.size;
  }

  /**
   * Returns the arranged rows of a selection that a client requests; undefined if no client has requested it within the last minute.
   * @param id identifies the selection
   */
  of(id: string): ArrangedRows | undefined {
    const now = this.#clock.now();
    this.dropIdle();
    const key = hash('sha256', id, 'base64');
    const known = this.#arranged.get(key);
    if (known !== undefined) {
      known.readAt = now;
      return known.rows;
    }
    const seenAt = this.#seen.get(key);
    if (seenAt === undefined || now - seenAt > IDLE_MS) {
      this.#seen.set(key, now);
      return undefined;
    }
    this.#seen.delete(key);
    const rows = new ArrangedRows();
    this.#arranged.set(key, { rows, readAt: now });
    return rows;
  }

  /** Drops the selections that no client has requested for a minute. Call it also after changes: they would keep old rows. */
  dropIdle(): void {
    const now = this.#clock.now();
    const idle = Array.from(this.#arranged.keys()).filter(
      (key) => now - (this.#arranged.peek(key)?.readAt ?? 0) > IDLE_MS,
    );
    for (const key of idle) this.#arranged.delete(key);
  }

  /** Drops all selections. */
  clear(): void {
    this.#arranged.clear();
  }
}
