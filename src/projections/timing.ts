/**
 * Time in operators: points in time as objects contain them, a timer for a point in time, and the option for the clock.
 * @module
 */
import { inspect } from 'node:util';
import type { Cancel, Clock } from '../clock.ts';
import { ZERO_TIME } from '../object-meta/object-meta.ts';
import { compareKeys } from './ordered-map.ts';
import { requireSync } from './results.ts';

/** Options of operators that use the time. */
export interface ClockOptions {
  /** The source of the time. Tests pass a `fakeClock()`. Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
}

/** A date-time of RFC 3339 such as `metadata.creationTimestamp`, milliseconds since the epoch, or a Date. */
export type Instant = string | number | Date;

/** RFC 3339, section 5.6. The offset is required: without it, replicas in different time zones would disagree. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The maximum time between two reads of the clock, in milliseconds. A timer of Node cannot wait for more than 2^31-1 ms, and does not
 * notice if the clock was set or the machine was suspended.
 */
const MAXIMUM_WAIT = 3_600_000;

/** Calls a task when a point in time has been reached. It has one deadline at a time. */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #task: () => void;
  #deadline: number | undefined;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, task: () => void) {
    this.#clock = clock;
    this.#task = task;
  }

  /**
   * Replaces the deadline. The task runs once, when the clock shows the deadline or a later time.
   * @param deadline milliseconds since the epoch; undefined stops the timer
   */
  set(deadline: number | undefined): void {
    if (deadline === this.#deadline) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#deadline = deadline;
    if (deadline !== undefined) this.#wait(deadline);
  }

  #wait(deadline: number): void {
    const remaining = deadline - this.#clock.now();
    this.#cancel = this.#clock.schedule(Math.max(0, Math.min(remaining, MAXIMUM_WAIT)), () => {
      // A timer may also fire early.
      if (this.#clock.now() < deadline) {
        this.#wait(deadline);
        return;
      }
      this.#cancel = undefined;
      this.#deadline = undefined;
      this.#task();
    });
  }
}

/** The point in time at which an operator must evaluate an object again. */
export interface Deadline {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly due: number;
}

/** Compares deadlines: by time, then by key. */
export function byDeadline(a: Deadline, b: Deadline): number {
  if (a.due !== b.due) return a.due < b.due ? -1 : 1;
  return compareKeys(a.key, b.key);
}

/**
 * Returns a point in time as milliseconds since the epoch.
 * @throws TypeError if the value is not a point in time
 */
export function millisecondsOf(instant: Instant): number {
  const milliseconds = parse(requireSync('function of the time', instant));
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw new TypeError(
    `${inspect(instant)} is not a point in time; it must be a date-time of RFC 3339 with an offset, milliseconds, or a Date`,
  );
}

/**
 * Returns a point in time as milliseconds since the epoch, or undefined if it is not set: undefined, null, or Go's zero time.
 * @throws TypeError if the value is not a point in time
 */
export function optionalMilliseconds(instant: Instant | undefined | null): number | undefined {
  if (instant === undefined || instant === null) return undefined;
  const milliseconds = millisecondsOf(instant);
  return milliseconds === ZERO_TIME ? undefined : milliseconds;
}

function parse(instant: Instant): number {
  if (typeof instant === 'number') return instant;
  if (instant instanceof Date) return instant.getTime();
  if (typeof instant !== 'string') return Number.NaN;
  const text = instant.toUpperCase();
  return DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
}
