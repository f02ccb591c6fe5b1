import { textPattern } from './text-pattern.ts';

// Formats of times (kube-openapi's strfmt: date.go, time.go, duration.go).

const date = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A day there is, as `2024-02-29`. */
export function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = date.exec(text) ?? [];
  if (year === '') return false;
  const time = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

const time = textPattern('^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$');

/** A day and a time of it with an offset, as `2024-02-29T12:00:00.5+01:00`. Of more than one `t`, what follows the second is not looked at. */
export function isDateTime(text: string): boolean {
  const [day = '', clock] = text.toLowerCase().split('t');
  return clock !== undefined && isDate(day) && time.matches(clock);
}

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const goDuration = textPattern('^[-+]?(?:0|(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$');
const goTerm = /(\d*)\.?\d*(ns|us|µs|μs|ms|s|m|h)/g;

/** As Go's time.ParseDuration: terms of a number and a unit, in all at most 2^63 nanoseconds. */
function isGoDuration(text: string): boolean {
  if (!goDuration.matches(text)) return false;
  const total = [...text.matchAll(goTerm)].reduce(
    (all, [, whole = '', unit = '']) => all + BigInt(whole === '' ? 0 : whole.slice(0, 25)) * (nanoseconds[unit] ?? 0n),
    0n,
  );
  return total <= 2n ** 63n;
}

/** A unit is one of these, or begins with a long one: `minutes`. */
const shortUnits: ReadonlySet<string> = new Set(['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk']);
const longUnits: readonly string[] = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'];
/** Looks around itself, so that a text of digits is not tried again from each of them. */
const scalaTerm = /(?<!\d)(\d+)(?!\d)[\t\n\f\r ]*([A-Za-zµ]+)/g;

/** As Go's time.ParseDuration, or somewhere in it a whole number and a unit, as `3 days`. */
export function isDuration(text: string): boolean {
  if (isGoDuration(text)) return true;
  const terms = [...text.matchAll(scalaTerm)];
  if (terms.some(([, count = '']) => BigInt(count.slice(0, 25)) >= 2n ** 63n)) return false;
  return terms.some(([, , unit = '']) => {
    const lower = unit.toLowerCase();
    return shortUnits.has(lower) || longUnits.some((long) => lower.startsWith(long));
  });
}
