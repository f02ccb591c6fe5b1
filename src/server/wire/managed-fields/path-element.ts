/**
 * Path elements: one step of a path to a field, as `fieldsV1` writes it (structured-merge-diff/fieldpath/serialize-pe.go). `f:name` is a
 * member, `k:{"name":"x"}` the item of a list with these keys, `v:"x"` the item of a set, `i:0` the item of a list at an index.
 * @module
 */
import { parseExact, stringifyExact } from '../../../exact-json.ts';
import { quoted } from '../quote.ts';
import { isJsonObject, type JsonObject } from '../json.ts';

/** One step of a path in canonical form, so that equal elements are equal strings. */
export type PathElement = string;

/** The text is not a path element. */
export class PathElementError extends Error {}

type Scalar = string | number | bigint | boolean | null;
type Keys = readonly (readonly [string, unknown])[];

const goEscapes = /[<>&\u2028\u2029]/gu;
const goEscape = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
/** Returns JSON as Go writes it, with escapes for the characters that have a meaning in HTML. */
const goJson = (value: unknown): string => stringifyExact(value).replaceAll(goEscapes, goEscape);

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : Number(left > right);
}

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

export function keyElement(keys: Keys): PathElement {
  return `k:{${keys
    .toSorted(byName)
    .map(([name, value]) => `${goJson(name)}:${goJson(value)}`)
    .join(',')}}`;
}

function parseJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch (cause) {
    throw new PathElementError(`the path element is not valid JSON: ${quoted(text)}`, { cause });
  }
}

function parseKeys(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new PathElementError(`the key must be an object: ${quoted(text)}`);
  return value;
}

/**
 * Parses an element and returns its canonical form, so that equal elements are equal strings. Returns undefined for an unknown kind.
 * @throws PathElementError
 */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2 || text[1] !== ':') throw new PathElementError(`the path element has no colon: ${quoted(text)}`);
  const content = text.slice(2);
  switch (text.charAt(0)) {
    case 'f':
      return text;
    case 'v':
      return valueElement(parseJson(content));
    case 'k':
      return keyElement(Object.entries(parseKeys(content)));
    case 'i':
      if (!/^-?[0-9]+$/.test(content)) throw new PathElementError(`the index is not a number: ${quoted(text)}`);
      return `i:${Number(content)}`;
    default:
      return undefined;
  }
}

/** Returns the name of a member, or undefined for other elements. */
export function fieldNameOf(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/** Returns a number as Go's `%v` prints a float64. */
function goNumber(value: number): string {
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6)) return String(value);
  return value.toExponential().replace(/e([+-])([0-9])$/, 'e$10$2');
}
function printedValue(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : typeof value === 'number' ? goNumber(value) : goJson(value);
}

/** Returns the element as conflicts show it: `.name`, `[name="x"]`, `[="x"]`, `[0]`. */
export function printedElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element.charAt(0)) {
    case 'f':
      return `.${content}`;
    case 'k': {
      const keys = Object.entries(parseKeys(content)).toSorted(byName);
      return `[${keys.map(([name, value]) => `${name}=${printedValue(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${printedValue(parseJson(content))}]`;
    default:
      return `[${content}]`;
  }
}

export function printedPath(path: readonly PathElement[]): string {
  return path.map(printedElement).join('');
}

const kinds = ['f', 'k', 'v', 'i'];
function rank(value: unknown): number {
  const type = typeof value === 'bigint' ? 'number' : typeof value;
  return ['number', 'string', 'boolean'].indexOf(type) + (value === null ? 9 : 0);
}
function compareValues(left: unknown, right: unknown): number {
  const ranks = rank(left) - rank(right);
  if (ranks !== 0) return ranks;
  const [a, b] = [left as Scalar, right as Scalar];
  return a === null || b === null || a === b ? 0 : a < b ? -1 : 1;
}
function compareKeys(left: Keys, right: Keys): number {
  for (const [at, [name, value]] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    const order = byName([name, value], other) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Compares elements in upstream's order of a set: members by name, items by key, by value (numbers as numbers), by index. */
export function compareElements(left: PathElement, right: PathElement): number {
  const order = kinds.indexOf(left.charAt(0)) - kinds.indexOf(right.charAt(0));
  if (order !== 0 || left === right) return order;
  const [a, b] = [left.slice(2), right.slice(2)];
  switch (left.charAt(0)) {
    case 'k':
      return compareKeys(Object.entries(parseKeys(a)).toSorted(byName), Object.entries(parseKeys(b)).toSorted(byName));
    case 'v':
      return compareValues(parseJson(a), parseJson(b));
    case 'i':
      return Number(a) - Number(b);
    default:
      return a < b ? -1 : 1;
  }
}
