/**
 * Checks of the values that users' functions return: rows, keys, values to match by, and values to compare. A wrong value is the error
 * of the object that the function was called with.
 * @module
 */
import { type Keyed, keyOf } from '../informers/collection/index.ts';
import { type DeepReadonly, isForbiddenPromise } from '../informers/collection/purity.ts';
import { KeyChangedError, NotARowError, PromiseReturnedError } from './errors.ts';
import type { Order } from './ordered-map.ts';

/** One key, several keys, or no key: undefined or an empty array. */
export type Keys = string | readonly string[] | undefined;

/** One value, several values, or no value. Empty strings are no values. */
export type Values = string | readonly string[] | null | undefined;

/** A value that `min`, `max` and `topK` can compare. */
export type Comparable = string | number | bigint | Date;

/** A function returned a value that cannot be a key. */
export class InvalidKeyError extends TypeError {
  override readonly name = 'InvalidKeyError';
}

const NO_VALUES: readonly string[] = [];

/**
 * Returns the result of a user's function. Without this check, the promise of an async predicate would count as true, and an async key
 * function would return an object as the key.
 * @param role the role of the function, for the message: `predicate`
 * @throws PromiseReturnedError
 */
export function requireSync<A>(role: string, result: A): A {
  if (isForbiddenPromise(result)) throw new PromiseReturnedError(role);
  return result;
}

/** Returns the result of a projection. @throws NotARowError for undefined, null and promises */
export function requireRow<R>(row: R): R {
  if (row === undefined || row === null) throw new NotARowError(`the projection returned ${String(row)}`);
  if (isForbiddenPromise(row))
    throw new NotARowError('the projection returned a promise; it must return the row itself');
  return row;
}

/** The result of a function that makes a row. A promise does not compile, and the error of the compiler contains this text. */
export type Sync<R> = R extends PromiseLike<unknown> ? 'a projection must return a row, not a promise' : R;

/**
 * Returns the row of a step that keeps the keys of its objects.
 * @throws NotARowError see {@link requireRow}
 * @throws KeyChangedError if the row's metadata has another namespace or name
 */
export function requireRowOf<R>(key: string, row: R, operator: string): DeepReadonly<R> {
  const { metadata } = Object(requireRow(row)) as Keyed;
  if (metadata?.name !== undefined) {
    const rowKey = keyOf({ metadata });
    if (rowKey !== key) throw new KeyChangedError(key, rowKey, operator);
  }
  // The row belongs to the collection now. Its type does not allow a later step to change it.
  return row as DeepReadonly<R>;
}

/**
 * Returns the keys, each once, in the order of the result.
 * @throws InvalidKeyError for an empty string and for a value that is not a string
 * @throws PromiseReturnedError
 */
export function keysFrom(result: Keys): readonly string[] {
  if (result === undefined) return [];
  requireSync('key function', result);
  const keys: readonly unknown[] = Array.isArray(result) ? result : [result];
  return [...new Set(keys.map(requireKey))];
}

/** Returns a key. @throws InvalidKeyError for an empty string and for a value that is not a string */
export function requireKey(key: unknown): string {
  if (typeof key !== 'string') {
    requireSync('key function', key);
    throw new InvalidKeyError(`a key must be a string, not ${key === null ? 'null' : `a value of type ${typeof key}`}`);
  }
  if (key === '') throw new InvalidKeyError('a key must not be empty; return undefined for an object without a key');
  return key;
}

/** Returns the values, each once. @throws TypeError if the result is not of type {@link Values}; PromiseReturnedError */
export function valuesFrom(result: Values): readonly string[] {
  if (result === undefined || result === null || result === '') return NO_VALUES;
  if (typeof result === 'string') return [result];
  requireSync('function of the match', result);
  if (!Array.isArray(result)) throw new TypeError(`objects are matched by strings, not by a ${typeof result}`);
  const values = new Set<string>();
  for (const value of result as readonly unknown[]) {
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') throw new TypeError(`objects are matched by strings, not by a ${typeof value}`);
    values.add(value);
  }
  return values.size === 0 ? NO_VALUES : Array.from(values);
}

/**
 * Returns a value that can be compared. -0 becomes 0.
 * @throws TypeError for NaN, invalid dates, and values of other types
 */
export function requireComparable<X extends Comparable | undefined>(value: X): X {
  const result: unknown = requireSync('function of the value', value);
  if (result === undefined || typeof result === 'string' || typeof result === 'bigint') return value;
  if (typeof result === 'number') {
    if (Number.isNaN(result)) throw new TypeError('NaN cannot be compared');
    // The cast is wrong only for a type that contains -0 and not 0.
    return (result === 0 ? 0 : result) as X;
  }
  if (!(result instanceof Date)) {
    throw new TypeError(`${result === null ? 'null' : `a value of type ${typeof result}`} cannot be compared`);
  }
  if (Number.isNaN(result.getTime())) throw new TypeError('an invalid date cannot be compared');
  return value;
}

/**
 * The order of comparable values. It is total: numbers come before strings, and strings before dates. Numbers and bigints are compared
 * by value (a number comes before an equal bigint), strings by their UTF-16 units, and dates by time.
 */
export const byValue: Order<Comparable> = (a, b) => {
  const types = rankOf(a) - rankOf(b);
  if (types !== 0) return types;
  if (a < b) return -1;
  if (a > b) return 1;
  return typeof a === typeof b ? 0 : typeof a === 'number' ? -1 : 1;
};

function rankOf(value: Comparable): number {
  return typeof value === 'string' ? 1 : value instanceof Date ? 2 : 0;
}
