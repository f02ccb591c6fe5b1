/**
 * Durations in Go's format: `1.5h`, `300ms`, `1m30s`.
 * @module
 */
import { quoted } from '../wire/quote.ts';

/** Milliseconds by unit. Two characters are in use for "micro". */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** The maximum: Go stores nanoseconds in 63 bits. */
const MAX_MS = 2 ** 63 / 1e6;

/**
 * Returns the milliseconds of a duration, which may be negative.
 * @throws RangeError with the text of Go's `time.ParseDuration`
 * @example goDuration('1m30s') // 90_000
 */
export function goDuration(text: string): number {
  const amount = text.replace(/^[+-]/, '');
  if (amount === '0') return 0;
  if (amount === '') throw invalid(text);
  const part = /(\d+(?:\.\d*)?|\.\d+)([^.\d]*)/y;
  let milliseconds = 0;
  while (part.lastIndex < amount.length) {
    const [, count = '', unit = ''] = part.exec(amount) ?? [];
    if (count === '') throw invalid(text);
    if (unit === '') throw new RangeError(`time: missing unit in duration ${quoted(text)}`);
    const factor = UNITS.get(unit);
    if (factor === undefined) throw new RangeError(`time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`);
    milliseconds += Number(count) * factor;
  }
  if (milliseconds >= MAX_MS) throw invalid(text);
  return text.startsWith('-') ? -milliseconds : milliseconds;
}

function invalid(text: string): RangeError {
  return new RangeError(`time: invalid duration ${quoted(text)}`);
}
