/**
 * The formats that the API server of Kubernetes 1.34 and later checks (apiextensions' validation/formats.go, kube-openapi's strfmt).
 * @module
 */
import { isCidr, isEmail, isHostname, isIpv4, isIpv6, isMac, isRequestUri } from './internet-formats.ts';
import type { SchemaType } from './schema.ts';
import { textPattern } from './text-pattern.ts';

/** Returns whether a text has the format. */
export type FormatCheck = (text: string) => boolean;

const matching = (pattern: string): FormatCheck => textPattern(pattern).matches;
function uuid(version: string, variant: string): FormatCheck {
  return matching(`(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?${variant}-?[0-9a-f]{12}$`);
}

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const shortName = matching(`^${label}$`);
const longName = matching(`^${label}(?:\\.${label})*$`);
const color = '\\s*(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*';
const ssn = matching('^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$');

/** Checks by the name of the format, without hyphens. */
const textFormats: ReadonlyMap<string, FormatCheck> = new Map<string, FormatCheck>([
  ['bsonobjectid', matching('^[0-9a-fA-F]{24}$')],
  ['byte', matching('^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$')],
  ['cidr', isCidr],
  ['creditcard', isCreditCard],
  ['date', isDate],
  ['datetime', isDateTime],
  ['duration', isDuration],
  ['email', isEmail],
  ['hexcolor', matching('^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$')],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['k8slongname', (text) => text.length <= 253 && longName(text)],
  ['k8sshortname', (text) => text.length <= 63 && shortName(text)],
  ['mac', isMac],
  ['password', () => true],
  ['rgbcolor', matching(`^rgb\\(${color},${color},${color}\\)$`)],
  ['ssn', (text) => text.length === 11 && ssn(text)],
  ['uri', isRequestUri],
  ['uuid', uuid('[0-9a-f]{4}', '[0-9a-f]{4}')],
  ['uuid3', uuid('3[0-9a-f]{3}', '[0-9a-f]{4}')],
  ['uuid4', uuid('4[0-9a-f]{3}', '[89ab][0-9a-f]{3}')],
  ['uuid5', uuid('5[0-9a-f]{3}', '[89ab][0-9a-f]{3}')],
]);

const numberFormats: Partial<Record<SchemaType, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/**
 * Returns the check of a format for values of these types; no types means any type. `format` is empty if the format is not checked.
 */
export function formatCheck(
  format: string,
  types: readonly SchemaType[],
): { readonly format: string; readonly ofFormat: FormatCheck | undefined } {
  const type = types.length === 1 ? types[0] : undefined;
  if (type === undefined || type === 'string') {
    const ofFormat = textFormats.get(format.replaceAll('-', ''));
    return { format: ofFormat === undefined ? '' : format, ofFormat };
  }
  return { format: numberFormats[type]?.includes(format) === true ? format : '', ofFormat: undefined };
}

// Formats of times (kube-openapi's strfmt: date.go, time.go, duration.go).

const date = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Returns whether the text is an existing day, like `2024-02-29`. */
function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = date.exec(text) ?? [];
  if (year === '') return false;
  const time = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

const time = textPattern('^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$');

/**
 * Returns whether the text is a day and a time with an offset, like `2024-02-29T12:00:00.5+01:00`. Text after a second `t` is ignored.
 */
function isDateTime(text: string): boolean {
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

/** Returns whether the text is a duration of Go's time.ParseDuration: terms of a number and a unit, at most 2^63 nanoseconds in total. */
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
/** The lookarounds prevent a new attempt from each digit of a long number. */
const scalaTerm = /(?<!\d)(\d+)(?!\d)[\t\n\f\r ]*([A-Za-zµ]+)/g;

/** Returns whether the text is a duration of Go's time.ParseDuration, or contains a whole number and a unit, like `3 days`. */
function isDuration(text: string): boolean {
  if (isGoDuration(text)) return true;
  const terms = [...text.matchAll(scalaTerm)];
  if (terms.some(([, count = '']) => BigInt(count.slice(0, 25)) >= 2n ** 63n)) return false;
  return terms.some(([, , unit = '']) => {
    const lower = unit.toLowerCase();
    return shortUnits.has(lower) || longUnits.some((long) => lower.startsWith(long));
  });
}

// Formats of numbers with a check digit (kube-openapi's govalidator).

const isbn10 = textPattern('^(?:[0-9]{9}X|[0-9]{10})$');
const isbn13 = textPattern('^[0-9]{13}$');
const cards = textPattern(
  '^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11})$',
);

function sum(digits: string, weight: (index: number) => number): number {
  return Array.from(digits).reduce(
    (total, digit, index) => total + weight(index) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
}

const withoutSpaces = (text: string): string => text.replaceAll(/[\t\n\f\r -]+/g, '');

function isIsbn10(text: string): boolean {
  const digits = withoutSpaces(text);
  return isbn10.matches(digits) && sum(digits, (index) => index + 1) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = withoutSpaces(text);
  return isbn13.matches(digits) && sum(digits, (index) => (index % 2 === 0 ? 1 : 3)) % 10 === 0;
}

/**
 * Returns whether the text is a number of a known issuer with a valid sum by Luhn's formula. Characters other than digits are ignored.
 */
function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]+/g, '');
  if (!cards.matches(digits)) return false;
  const total = Array.from(digits)
    .toReversed()
    .reduce((all, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return all + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return total % 10 === 0;
}
