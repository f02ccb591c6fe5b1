/**
 * Time in operators: an alarm that rings when the clock says so, and the options of operators that take a clock.
 * @module
 */
import type { Cancel, Clock } from '../clock.ts';

/** Options of operators that know what time it is. */
export interface ClockOptions {
  /** Where time comes from; tests give a `fakeClock()`. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * The longest that is waited before looking at the clock again, in milliseconds. Timers can not wait for more than 2^31-1 ms; and they
 * know nothing of a clock that is set, or of a machine that sleeps.
 */
const LONGEST_WAIT = 3_600_000;

/** One alarm at a time. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #due: number | undefined;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings once, when the clock says `due` (milliseconds since the epoch) or later, in place of what was set before; undefined: never. */
  set(due: number | undefined): void {
    if (due === this.#due) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = due;
    if (due !== undefined) this.#wait(due);
  }

  #wait(due: number): void {
    const left = due - this.#clock.now();
    this.#cancel = this.#clock.schedule(Math.max(0, Math.min(left, LONGEST_WAIT)), () => {
      // Timers may also be early.
      if (this.#clock.now() < due) {
        this.#wait(due);
        return;
      }
      this.#cancel = undefined;
      this.#due = undefined;
      this.#ring();
    });
  }
}

/** The longest time that a timer can wait, in milliseconds. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/**
 * A time that an operator was given, in milliseconds.
 * @throws RangeError unless it is a whole number above zero, and not above `most`
 */
export function wholeMilliseconds(
  operator: string,
  milliseconds: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(milliseconds) && milliseconds > 0 && milliseconds <= most) return milliseconds;
  throw new RangeError(`${operator} takes a whole number of milliseconds from 1 to ${most}, not ${milliseconds}`);
}
