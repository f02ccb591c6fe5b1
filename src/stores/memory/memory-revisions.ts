/**
 * The revisions of a store that keeps nothing across restarts.
 * @module
 */

/** 2025-01-01, the origin of start times. */
const EPOCH_MS = Date.UTC(2025, 0, 1);
const REVISIONS_PER_MILLISECOND = 4;

/**
 * A counter. It starts at four times the milliseconds since 2025, and each write adds one. After a restart it is therefore above every
 * revision of the previous process, unless that process made more than 4,000 writes per second on average.
 *
 * Positions of views end at 2^43 (`UpstreamPositions`). A counter that starts in the year 2094 is above that. A process that makes 10,000
 * writes per second without a pause reaches it 28 years after 2025.
 *
 * If the clock is set back before a restart, the counter starts below the revisions of the previous process. Clients that still have those
 * revisions are ahead of the server. Their watches receive nothing until the counter has passed these revisions, and their lists are
 * rejected with `ResourceVersionTooLarge`.
 */
export class MemoryRevisions {
  #last: number;

  /** @param startedAt milliseconds since the epoch */
  constructor(startedAt: number) {
    this.#last = Math.max(1, Math.floor(startedAt - EPOCH_MS) * REVISIONS_PER_MILLISECOND);
  }

  /** The revision of the last write. Before the first write, the revision of the empty store. */
  get last(): number {
    return this.#last;
  }

  /** Returns the revision of a new write. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
