/**
 * Durations and ages as kubectl prints them (apimachinery's duration.HumanDuration).
 * @module
 */
import { ZERO_TIME } from '../../object-meta/object-meta.ts';

const second = 1;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

interface Step {
  /** The step applies to durations below this number of seconds. */
  readonly below: number;
  readonly unit: number;
  readonly letter: string;
  /** The unit and letter of the remainder. A remainder of 0 is not printed. */
  readonly rest?: readonly [unit: number, letter: string];
}

/** Steps with two or three significant digits. */
const steps: readonly Step[] = [
  { below: 2 * minute, unit: second, letter: 's' },
  { below: 10 * minute, unit: minute, letter: 'm', rest: [second, 's'] },
  { below: 3 * hour, unit: minute, letter: 'm' },
  { below: 8 * hour, unit: hour, letter: 'h', rest: [minute, 'm'] },
  { below: 2 * day, unit: hour, letter: 'h' },
  { below: 8 * day, unit: day, letter: 'd', rest: [hour, 'h'] },
  { below: 2 * year, unit: day, letter: 'd' },
  { below: 8 * year, unit: year, letter: 'y', rest: [day, 'd'] },
  { below: Number.POSITIVE_INFINITY, unit: year, letter: 'y' },
];

/**
 * Returns a duration as in kubectl's AGE column: `119s`, `3m20s`, `5h`, `4h10m`, `3d4h`, `8d`, `2y5d`. A duration is
 * negative if two clocks differ. It is `0s` if they differ by less than two seconds, and `<invalid>` otherwise.
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (Number.isNaN(seconds) || seconds < -1) return '<invalid>';
  const shown = Math.max(0, seconds);
  const step = stepOf(shown);
  const whole = `${Math.floor(shown / step.unit)}${step.letter}`;
  const [restUnit, restLetter] = step.rest ?? [0, ''];
  const rest = restUnit === 0 ? 0 : Math.floor((shown % step.unit) / restUnit);
  return rest === 0 ? whole : `${whole}${rest}${restLetter}`;
}

function stepOf(seconds: number): Step {
  return steps.find(({ below }) => seconds < below) ?? { below: seconds, unit: year, letter: 'y' };
}

/**
 * Returns a timestamp in milliseconds since the epoch. The result is undefined if the time is not set (undefined, null, empty, or Go's zero
 * time), and NaN if the text is not a time.
 */
export function timeOf(timestamp: string | null | undefined): number | undefined {
  if (timestamp === undefined || timestamp === null || timestamp === '') return undefined;
  const time = Date.parse(timestamp);
  return time === ZERO_TIME ? undefined : time;
}

/** Options of {@link humanAge}. */
export interface AgeOptions {
  /** Whether a time in the future is printed as `in 10d`. Default false: it is `<invalid>`. */
  readonly future?: boolean | undefined;
}

/**
 * Returns the age of a time. It is `<unknown>` if the time is not set.
 * @param time milliseconds since the epoch; undefined if the time is not set, see {@link timeOf}
 * @param now milliseconds since the epoch
 */
export function humanAge(time: number | undefined, now: number, { future = false }: AgeOptions = {}): string {
  if (time === undefined) return '<unknown>';
  return future && time > now ? `in ${humanDuration(time - now)}` : humanDuration(now - time);
}

/**
 * Returns the earliest time after `now` at which {@link humanAge} may return another text. Until then it returns the same one.
 * @param time milliseconds since the epoch, as for {@link humanAge}
 * @param now milliseconds since the epoch
 */
export function ageChange(time: number | undefined, now: number, { future = false }: AgeOptions = {}): number {
  if (time === undefined || Number.isNaN(time)) return Number.POSITIVE_INFINITY;
  if (future && time > now) {
    const seconds = Math.trunc((time - now) / 1000);
    const least = Math.floor(seconds / grainOf(seconds)) * grainOf(seconds);
    // The text changes in the first millisecond in which fewer than `least` seconds remain.
    return least === 0 ? time : time - least * 1000 + 1;
  }
  const seconds = Math.trunc((now - time) / 1000);
  if (seconds < -1) return time - 1999;
  if (seconds < 1) return time + 1000;
  return time + (Math.floor(seconds / grainOf(seconds)) + 1) * grainOf(seconds) * 1000;
}

/** Returns the number of seconds after which the text of a duration changes. The next step begins at a multiple of it. */
function grainOf(seconds: number): number {
  const { unit, rest } = stepOf(seconds);
  return rest?.[0] ?? unit;
}
