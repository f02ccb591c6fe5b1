/**
 * What a projection function answers is a row, or its error says what it is instead.
 * @module
 */
import { type Keyed, keyOf } from '../informers/collection/index.ts';
import { NotARowError } from './errors.ts';

/** The answer, where it can be a row. @throws NotARowError for undefined, null and promises */
export function checkedRow<R>(row: R): R {
  if (row === undefined || row === null) throw new NotARowError(`the projection answered ${String(row)}`);
  if (isPromiseLike(row)) throw new NotARowError('the projection answered a promise; it must answer at once');
  return row;
}

/** The key that a row gives itself by its metadata; undefined where it has none. */
export function ownKeyOf(row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  return (row as Keyed).metadata?.name === undefined ? undefined : keyOf(row);
}

function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
