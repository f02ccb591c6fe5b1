/**
 * JSON without silent rounding. A JavaScript number cannot represent every integer above 2^53, but Kubernetes has integers of 64 bits, such
 * as nanoseconds since the epoch. An integer that would be rounded becomes a bigint. A row that contains it is refused with its path, and
 * a projection that converts it with `String()` keeps all digits.
 * @module
 */

/** The parameter of a reviver of JSON.parse that contains the text of the value. TypeScript does not know it yet. */
interface ReviverContext {
  readonly source?: string | undefined;
}

/**
 * Parses JSON. An integer that a number would round is a bigint. Almost no text has such an integer, so the text is parsed a second time
 * only if the result contains an integer outside the safe range.
 * @throws SyntaxError if the text is not JSON
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return mayBeRounded(value) ? JSON.parse(text, exact as (key: string, value: unknown) => unknown) : value;
}

function exact(_key: string, value: unknown, { source = '' }: ReviverContext): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?[0-9]+$/.test(source)) return value;
  // A number that prints the same digits is written as they were read.
  return String(value) === source ? value : BigInt(source);
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
