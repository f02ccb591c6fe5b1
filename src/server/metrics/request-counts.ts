/**
 * Counts of the requests in progress, and of those that the limits of the server have refused, for metrics.
 * @module
 */

/**
 * The limit that has refused a request: the size of its URL or headers, the number of reads or writes in progress, the share of one user in
 * these, or the shutdown.
 */
export type RefusalCause = 'size' | 'reads' | 'writes' | 'user share' | 'shutdown';

/** The counts of one server. */
export class RequestCounts {
  /** The number of reads in progress. */
  reads = 0;
  /** The number of writes in progress. */
  writes = 0;
  readonly #refused: Record<RefusalCause, number> = { size: 0, reads: 0, writes: 0, 'user share': 0, shutdown: 0 };

  /** Counts a refused request. */
  refuse(cause: RefusalCause): void {
    this.#refused[cause] += 1;
  }

  /** Every cause, with the number of refused requests. They never decrease. */
  refused(): readonly (readonly [cause: string, count: number])[] {
    return Object.entries(this.#refused);
  }
}
