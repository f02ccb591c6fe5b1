/**
 * Values as Go prints them in messages.
 * @module
 */
import type { Json } from '../object.ts';
import { quoted } from '../quote.ts';

/** The maximum depth of printed values. Deeper parts are printed as `…`, so that no value can overflow the stack. No body is that deep. */
const maxDepth = 1000;

/** Returns whether Go stores a JSON number as int64 and not as float64: it has no fraction, and fits. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63;
}

/** Returns a float64 like `%v`: the shortest digits, with an exponent of two digits from 1e+06 up and below 1e-04. */
export function goFloat(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  return power >= -4 && power < 6
    ? String(value)
    : `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Returns a number like `%v`, by the type in which Go stores it. */
export function goNumber(value: number): string {
  return isInt64(value) ? BigInt(value).toString() : goFloat(value);
}

const escapes: Readonly<Record<string, string>> = {
  '<': String.raw`\u003c`,
  '>': String.raw`\u003e`,
  '&': String.raw`\u0026`,
  '\u2028': String.raw`\u2028`,
  '\u2029': String.raw`\u2029`,
};

function jsonText(text: string): string {
  return JSON.stringify(text).replaceAll(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? character);
}

/** Returns a value like `encoding/json`: keys in order, `<`, `>` and `&` escaped. Equal values have equal texts. */
export function goJson(value: Json, depth = 0): string {
  if (typeof value === 'string') return jsonText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth > maxDepth) return '"…"';
  if (Array.isArray(value)) return `[${value.map((item: Json) => goJson(item, depth + 1)).join(',')}]`;
  const fields = Object.entries(value).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${fields.map(([key, item]) => `${jsonText(key)}:${goJson(item, depth + 1)}`).join(',')}}`;
}

/** Returns a value as the errors of apimachinery's `field` print it. */
export function goValue(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' ? goNumber(value) : goJson(value);
}
