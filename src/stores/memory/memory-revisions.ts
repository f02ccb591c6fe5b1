/**
 * The revisions of a store that remembers nothing from one start to the next.
 * @module
 */

/** 2025-01-01, from which start times are counted. */
const EPOCH_MS = Date.UTC(2025, 0, 1);
/** How far the count moves on with the clock. */
const PER_MILLISECOND = 4;

/**
 * A count that starts at four for every millisecond since 2025, so that a later start is above everything counted after an earlier
 * one: the count would overtake the clock at 4,000 writes a second only, kept up for as long as the process lives.
 *
 * Positions of views end at 2^43 (`UpstreamPositions`). The clock reaches that in the year 2094; a process that makes 10,000 writes a
 * second without a pause comes there 28 years after 2025.
 *
 * A clock that was set back makes a later start begin below an earlier one. Clients with positions of the earlier one are then ahead:
 * their watches are silent until the count has caught up, and their lists are answered `ResourceVersionTooLarge`.
 */
export class MemoryRevisions {
  #last: number;

  /** @param startedAt milliseconds since the epoch */
  constructor(startedAt: number) {
    this.#last = Math.max(1, Math.floor(startedAt - EPOCH_MS) * PER_MILLISECOND);
  }

  /** The revision of the last write; before the first one, that of the empty store. */
  get last(): number {
    return this.#last;
  }

  /** The revision of a new write. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
