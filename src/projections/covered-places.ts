/**
 * The places after which a log has every change: those from the oldest one on, except the places inside skipped spans.
 *
 * A span is skipped by an upstream relist: the rows at its ends are known, but the changes between them are not.
 * @module
 */

/** The maximum number of skipped spans. If there is one more, the places before the end of the oldest span expire. */
const MAX_SPANS = 1000;

/** The places that a log covers. Places only expire; the log covers none of them again. */
export class CoveredPlaces {
  #oldest: bigint;
  /** The skipped spans, from the oldest. */
  readonly #skipped: (readonly [from: bigint, to: bigint])[] = [];

  /** @param oldest the place at which the log begins */
  constructor(oldest: bigint) {
    this.#oldest = oldest;
  }

  /** The oldest place after which the log has every change. */
  get oldest(): bigint {
    return this.#oldest;
  }

  /** Returns whether the log has every change after a place. */
  has(place: bigint): boolean {
    return place >= this.#oldest && !this.#skipped.some(([from, to]) => place > from && place < to);
  }

  /** The changes between two places are unknown. Spans must be skipped in order. */
  skip(from: bigint, to: bigint): void {
    this.#skipped.push([from, to]);
    if (this.#skipped.length > MAX_SPANS) this.expireBefore(this.#skipped[0]?.[1] ?? to);
  }

  /** From now on, the log covers no place before `oldest`. Has no effect if it covers none already. */
  expireBefore(oldest: bigint): void {
    if (oldest > this.#oldest) this.#oldest = oldest;
    let [span] = this.#skipped;
    while (span !== undefined && span[1] <= this.#oldest) {
      this.#skipped.shift();
      [span] = this.#skipped;
    }
  }
}
