/**
 * `filter`: the objects for which a predicate holds.
 *
 * State: none. Cost: the predicate for each changed object (twice for a MODIFIED: what it was does not matter, so once).
 * @module
 */
import { map as rxMap } from 'rxjs';
import type { Change, Delta, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowwise } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { atOnce } from '../at-once.ts';
import { needFunction } from '../given.ts';

/**
 * Keeps the objects for which `predicate` is true. An object that starts to satisfy it is ADDED, one that stops is DELETED.
 *
 * The predicate must read nothing but the object: what a row is depends on its object only. An object for which it throws, or answers a
 * promise, is absent, and the error is reported under its key; everything else goes on.
 * @example
 * const scheduled = pods.pipe(filter((pod) => pod.spec?.nodeName !== undefined));
 */
export function filter<T, S extends T>(predicate: (object: T) => object is S): DeltaOperator<T, S>;
export function filter<T>(predicate: (object: T) => boolean): DeltaOperator<T, T>;
export function filter<T>(predicate: (object: T) => boolean): DeltaOperator<T, T> {
  needFunction('filter', predicate);
  const holds = pure('filter', predicate);
  const change = (delta: Delta<T>): Change<T> => {
    const { key, object } = delta;
    if (delta.type === 'DELETED') return { type: 'REMOVE', key };
    try {
      return atOnce('predicate', holds(object)) ? { type: 'PUT', key, object } : { type: 'REMOVE', key };
    } catch (error) {
      return { type: 'FAIL', key, error };
    }
  };
  const operator: DeltaOperator<T, T> = rxMap((batch) => batch.derive(batch.changes.map(change)));
  return markRowwise(operator, { operator: 'filter', text: predicate.toString() });
}
