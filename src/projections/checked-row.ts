/**
 * What a projection function answers is a row, or its error says what it is instead.
 * @module
 */
import { type Keyed, keyOf } from '../informers/collection/index.ts';
import { isPromiseLike } from '../informers/collection/purity.ts';
import { KeyChangedError, NotARowError } from './errors.ts';

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

/**
 * The answer of a step that keeps the keys of its objects.
 * @throws NotARowError like {@link checkedRow}
 * @throws KeyChangedError when the row's metadata says another key
 */
export function rowUnder<R>(key: string, row: R, operator: string): R {
  const own = ownKeyOf(checkedRow(row));
  if (own !== undefined && own !== key) throw new KeyChangedError(key, own, operator);
  return row;
}
