import { quoted } from './quote.ts';
import { badRequest } from './status.ts';

// How upstream reads query parameters: only the first value of a repeated one counts, unknown ones are ignored
// (apimachinery's runtime/conversion.go).

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);
const maxUint64 = 2n ** 64n - 1n;

/** Neither a semicolon nor a percent sign without its two digits. */
const isWellFormed = (pair: string): boolean => !pair.includes(';') && !/%(?![0-9A-Fa-f]{2})/.test(pair);

/** The parameters of a query. Malformed pairs are left out without a word, as Go's `url.Query()` does. */
export function parseQuery(text: string): URLSearchParams {
  return new URLSearchParams(text.split('&').filter(isWellFormed).join('&'));
}

/** The first value of a parameter; undefined when it is absent. */
export function firstValue(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) ?? undefined;
}

/** Undefined when absent. Only `0` and `false`, in any case, are false: `watch=` and `watch=banana` are true. */
export function queryBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = firstValue(query, name);
  return value === undefined ? undefined : value !== '0' && value.toLowerCase() !== 'false';
}

/** What Go's strconv says of a text that is no integer of 64 bits; undefined when it is one. */
export function integerProblem(text: string, parser: 'ParseInt' | 'ParseUint'): string | undefined {
  const syntax = parser === 'ParseInt' ? /^[+-]?[0-9]+$/ : /^[0-9]+$/;
  const problem = (why: string): string => `strconv.${parser}: parsing ${quoted(text)}: ${why}`;
  if (!syntax.test(text)) return problem('invalid syntax');
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  const [least, most] = parser === 'ParseInt' ? [minInt64, maxInt64] : [0n, maxUint64];
  return value < least || value > most ? problem('value out of range') : undefined;
}

/** An int64, clamped to what a number holds exactly. Undefined when absent. Throws a 400 with the text of Go's strconv. */
export function queryInteger(query: URLSearchParams, name: string): number | undefined {
  const text = firstValue(query, name);
  if (text === undefined) return undefined;
  const problem = integerProblem(text, 'ParseInt');
  if (problem !== undefined) throw badRequest(problem);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)));
}

/**
 * A resourceVersion given by a client: undefined for the empty text, which means "unset". Throws the 400 of api-semantics 1.3, also
 * for get and watch, where upstream answers 500.
 */
export function parseResourceVersion(text: string): bigint | undefined {
  if (text === '') return undefined;
  const problem = integerProblem(text, 'ParseUint');
  if (problem !== undefined) {
    throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${quoted(text)}: ${problem}`);
  }
  return BigInt(text);
}

/** The parameter `resourceVersion`, or another of that meaning. Undefined when absent or empty. Throws a 400. */
export function queryResourceVersion(query: URLSearchParams, name = 'resourceVersion'): bigint | undefined {
  return parseResourceVersion(firstValue(query, name) ?? '');
}
