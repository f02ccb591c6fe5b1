/**
 * JSON without silent rounding. A JavaScript number cannot represent every integer above 2^53, but Kubernetes has integers of 64 bits, such
 * as nanoseconds since the epoch. An integer that would be rounded becomes a bigint. A row or a request body that contains it is refused
 * with its path, and a projection that converts it with `String()` keeps all digits.
 * @module
 */

/** The parameter of a reviver of JSON.parse that contains the text of the value. TypeScript does not know it yet. */
interface ReviverContext {
  readonly source?: string | undefined;
}

type Reviver = (key: string, value: unknown) => unknown;

/**
 * Parses JSON. An integer that a number would round is a bigint. Almost no text has such an integer, so the text is parsed a second time
 * only if it has a long integer, and the result contains an integer outside the safe range.
 * @param revive changes the other values, like the reviver of JSON.parse
 * @throws SyntaxError if the text is not JSON
 */
export function parseExact(text: string, revive?: Reviver): unknown {
  const value: unknown = JSON.parse(text, revive);
  if (!hasLongInteger(text) || !mayBeRounded(value)) return value;
  const exact = (key: string, item: unknown, { source = '' }: ReviverContext): unknown =>
    isRounded(item, source) ? BigInt(source) : revive === undefined ? item : revive(key, item);
  return JSON.parse(text, exact as Reviver);
}

/**
 * Returns the JSON of a value. A bigint becomes an integer with all its digits.
 * @throws TypeError for a value that refers to itself
 */
export function stringifyExact(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // A bigint, or a value that refers to itself. With a replacer, JSON.stringify is ten times as slow.
    if (!(error instanceof TypeError)) throw error;
  }
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? rawJson(String(item)) : item));
}

/**
 * Returns the path (`spec.ports[0].at`) of the first bigint that JSON.stringify would read, or undefined.
 * @param path the path of the value; empty for a whole object
 */
export function bigintPath(value: unknown, path = ''): string | undefined {
  const steps = stepsToBigint(value, new Set());
  return steps?.reduceRight(
    (above, step) => (above === '' && step.startsWith('.') ? step.slice(1) : above + step),
    path,
  );
}

/** Returns the number for an integer if it prints the same digits, otherwise undefined. */
export function exactNumber(integer: bigint): number | undefined {
  const number = Number(integer);
  return String(number) === String(integer) ? number : undefined;
}

/**
 * Returns a JSON value in which each bigint is replaced by the result of a function. The value is changed. It does not recurse.
 * @param numberOf returns the number for an integer, or the bigint itself. Default: the number that prints the same digits
 */
export function withoutBigints(
  value: unknown,
  numberOf: (integer: bigint) => number | bigint = (integer) => exactNumber(integer) ?? integer,
): unknown {
  const result = typeof value === 'bigint' ? numberOf(value) : value;
  const pending: unknown[] = [result];
  while (pending.length > 0) {
    const container = pending.pop();
    if (typeof container !== 'object' || container === null) continue;
    for (const [name, item] of Object.entries(container)) {
      if (typeof item === 'object') pending.push(item);
      if (typeof item !== 'bigint') continue;
      const changed = { value: numberOf(item), enumerable: true, configurable: true, writable: true };
      // Not an assignment, because `__proto__` is an ordinary key.
      Object.defineProperty(container, name, changed);
    }
  }
  return result;
}

/** Makes JSON.stringify write this text as it is. TypeScript does not know the function yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Whether the text of a value is an integer that the number does not print. */
function isRounded(value: unknown, source: string): boolean {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?[0-9]+$/.test(source)) return false;
  return String(value) !== source;
}

/** The number of digits from which an integer may be outside the safe range. */
const LONG = 16;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Returns whether a text may contain an integer outside the safe range: a run of 16 digits that no letter precedes. It reads only each
 * sixteenth character and the digits beside it: a regular expression takes a third of the time of JSON.parse.
 */
function hasLongInteger(text: string): boolean {
  for (let index = LONG - 1; index < text.length; index += LONG) {
    if (!isDigit(text, index)) continue;
    let start = index;
    while (isDigit(text, start - 1)) start -= 1;
    let end = index + 1;
    while (isDigit(text, end)) end += 1;
    if (end - start >= LONG && !/[a-zA-Z]/.test(text.charAt(start - 1))) return true;
    // The character at `end` is no digit, so the next run begins after it.
    index = end;
  }
  return false;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= ZERO && code <= NINE;
}

/** Returns whether a value contains an integer outside the safe range. It does not recurse, because text may be nested deeply. */
function mayBeRounded(value: unknown): boolean {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item === 'number') {
      if (!Number.isSafeInteger(item) && (Number.isInteger(item) || !Number.isFinite(item))) return true;
    } else if (typeof item === 'object' && item !== null) {
      const members: readonly unknown[] = Array.isArray(item) ? item : Object.values(item);
      for (const member of members) if (typeof member === 'number' || typeof member === 'object') pending.push(member);
    }
  }
  return false;
}

/**
 * Returns the steps from a value to its first bigint, the last step first.
 * @param above the objects that contain `value`, because a user's value may refer to itself
 */
function stepsToBigint(value: unknown, above: Set<unknown>): string[] | undefined {
  if (typeof value === 'bigint') return [];
  if (typeof value !== 'object' || value === null || above.has(value)) return undefined;
  if ('toJSON' in value && typeof value.toJSON === 'function') return undefined;
  above.add(value);
  // Not Object.entries: pairs of all members of a large object cost more than the search.
  for (const name of Object.keys(value)) {
    const inner: unknown = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof inner !== 'bigint' && typeof inner !== 'object') continue;
    const steps = stepsToBigint(inner, above);
    if (steps === undefined) continue;
    steps.push(Array.isArray(value) ? `[${name}]` : `.${name}`);
    return steps;
  }
  above.delete(value);
  return undefined;
}
