/**
 * `filter`: the objects for which a predicate is true.
 *
 * State: none. Cost: one call of the predicate for each changed object.
 * @module
 */
import { map as rxMap } from 'rxjs';
import type { Change, Delta, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowWise } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { markReads, OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { requireFunction } from '../arguments.ts';
import { requireSync } from '../results.ts';

/**
 * Keeps the objects for which `predicate` is true. An object is ADDED when the predicate becomes true, and DELETED when it becomes false.
 *
 * The predicate must depend only on the object. If it throws or returns a promise, the object is absent, and the error is reported under
 * its key. Other objects are not affected.
 * @example
 * const scheduled = pods.pipe(filter((pod) => pod.spec?.nodeName !== undefined));
 */
export function filter<T, S extends T>(predicate: (object: T) => object is S): DeltaOperator<T, S>;
export function filter<T>(predicate: (object: T) => boolean): DeltaOperator<T, T>;
export function filter<T>(predicate: (object: T) => boolean): DeltaOperator<T, T> {
  requireFunction('filter', predicate);
  const test = pure('filter', predicate);
  const change = (delta: Delta<T>): Change<T> => {
    const { key, object } = delta;
    if (delta.type === 'DELETED') return { type: 'REMOVE', key };
    try {
      return requireSync('predicate', test(object)) ? { type: 'PUT', key, object } : { type: 'REMOVE', key };
    } catch (error) {
      return { type: 'FAIL', key, error };
    }
  };
  const operator: DeltaOperator<T, T> = rxMap((batch) => batch.derive(batch.changes.map(change)));
  return markRowWise(markReads(operator, OWN_OBJECT), { operator: 'filter', text: predicate.toString() });
}
