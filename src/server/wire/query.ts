/**
 * Query parameters as upstream reads them: the first value of a repeated parameter counts, and unknown parameters are ignored
 * (apimachinery's runtime/conversion.go).
 * @module
 */
import { quoted } from './quote.ts';
import { badRequest } from './status.ts';

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);
const maxUint64 = 2n ** 64n - 1n;

/** Returns whether a pair has no semicolon, and two hex digits after each percent sign. */
const isWellFormed = (pair: string): boolean => !pair.includes(';') && !/%(?![0-9A-Fa-f]{2})/.test(pair);

/** Parses a query. Malformed pairs are silently dropped, like Go's `url.Query()`. */
export function parseQuery(text: string): URLSearchParams {
  if (text === '') return new URLSearchParams();
  return new URLSearchParams(text.split('&').filter(isWellFormed).join('&'));
}

/** Returns the first value of a parameter, or undefined if it is missing. */
export function firstValue(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) ?? undefined;
}

/**
 * Parses a boolean, or returns undefined if the parameter is missing. Only `0` and `false`, in upper or lower case, are false: `watch=`
 * and `watch=banana` are true.
 */
export function queryBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = firstValue(query, name);
  return value === undefined ? undefined : value !== '0' && value.toLowerCase() !== 'false';
}

/** Returns the message of Go's strconv for a text that is not an integer of 64 bits, or undefined. */
export function integerProblem(text: string, parser: 'ParseInt' | 'ParseUint'): string | undefined {
  const syntax = parser === 'ParseInt' ? /^[+-]?[0-9]+$/ : /^[0-9]+$/;
  const problem = (why: string): string => `strconv.${parser}: parsing ${quoted(text)}: ${why}`;
  if (!syntax.test(text)) return problem('invalid syntax');
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  const [minimum, maximum] = parser === 'ParseInt' ? [minInt64, maxInt64] : [0n, maxUint64];
  return value < minimum || value > maximum ? problem('value out of range') : undefined;
}

/**
 * Parses an int64, or returns undefined if the parameter is missing. A value beyond the safe integers becomes the nearest of them.
 * @throws ApiError 400 with the text of Go's strconv
 */
export function queryInteger(query: URLSearchParams, name: string): number | undefined {
  const text = firstValue(query, name);
  if (text === undefined) return undefined;
  const problem = integerProblem(text, 'ParseInt');
  if (problem !== undefined) throw badRequest(problem);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)));
}

/**
 * Parses a resourceVersion. The empty text means "unset" and returns undefined.
 * @throws ApiError 400 of conformance 1.3, also for get and watch, to which upstream responds with 500
 */
export function parseResourceVersion(text: string): bigint | undefined {
  if (text === '') return undefined;
  const problem = integerProblem(text, 'ParseUint');
  if (problem !== undefined) {
    throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${quoted(text)}: ${problem}`);
  }
  return BigInt(text);
}

/**
 * Parses the parameter `resourceVersion`, or the named parameter of the same form. Returns undefined if it is missing or empty.
 * @throws ApiError 400
 */
export function queryResourceVersion(query: URLSearchParams, name = 'resourceVersion'): bigint | undefined {
  return parseResourceVersion(firstValue(query, name) ?? '');
}
