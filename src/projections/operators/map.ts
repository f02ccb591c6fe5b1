/**
 * `map`: one row from each object, with the same key.
 *
 * State: none. Cost: one call for each changed object.
 * @module
 */
import { map as rxMap } from 'rxjs';
import type { Change, Delta, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowWise } from '../../informers/collection/lineage.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { markReads, OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { requireFunction } from '../arguments.ts';
import { requireRowOf, type Sync } from '../results.ts';

/**
 * Makes a row from each object. The row keeps the object's namespace and name; a row whose `metadata` has another key is an error
 * (`flatMap` makes rows with their own keys).
 *
 * `project` must depend only on the object and must not change it. If it throws or returns undefined, null or a promise, the object has
 * no row, and the error is reported under its key. Other objects are not affected. A row that is deep-equal to the one before is not a
 * change.
 * @example
 * const phases = pods.pipe(map((pod) => ({ metadata: identity(pod), phase: pod.status?.phase ?? 'Unknown' })));
 */
export function map<T, R>(project: (object: T) => Sync<R>): DeltaOperator<T, DeepReadonly<R>> {
  requireFunction('map', project);
  const make = pure('map', project);
  const change = (delta: Delta<T>): Change<DeepReadonly<R>> => {
    const { key } = delta;
    if (delta.type === 'DELETED') return { type: 'REMOVE', key };
    try {
      return { type: 'PUT', key, object: requireRowOf(key, make(delta.object) as R, 'map') };
    } catch (error) {
      return { type: 'FAIL', key, error };
    }
  };
  const operator: DeltaOperator<T, DeepReadonly<R>> = rxMap((batch) => batch.derive(batch.changes.map(change)));
  return markRowWise(markReads(operator, OWN_OBJECT), { operator: 'map', text: project.toString() });
}
