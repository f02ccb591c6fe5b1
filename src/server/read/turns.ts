/**
 * Turns: many streams have something to send at once, and the event loop has other things to do as well.
 *
 * Who takes a turn is called soon, once, however often it was asked for meanwhile: so what happens in quick succession is sent in one piece.
 * After so many turns in a row everybody else gets a chance (measured in `design/ecosystem.md`: slices of 200 cost less than all at once,
 * and the loop stays responsive).
 * @module
 */

/** Hands out turns. */
export interface Turns {
  /** Calls back soon. The same callback asked for again before that is called once. */
  take(turn: () => void): void;
}

/** So many turns are taken in a row. */
const SLICE = 200;

/** Turns between the rounds of the event loop. */
export class LoopTurns implements Turns {
  readonly #waiting = new Set<() => void>();
  readonly #failed: (error: unknown) => void;
  #scheduled = false;

  /** @param failed is told of what a turn throws; the others go on */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  take(turn: () => void): void {
    this.#waiting.add(turn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#round());
  }

  #round(): void {
    this.#scheduled = false;
    let left = SLICE;
    for (const turn of this.#waiting) {
      if (left === 0) break;
      left -= 1;
      this.#waiting.delete(turn);
      try {
        turn();
      } catch (error) {
        this.#failed(error);
      }
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
