/**
 * `map`: one row from each object, under the same key.
 *
 * State: none. Cost: one call for each changed object.
 * @module
 */
import { map as rxMap } from 'rxjs';
import type { Change, Delta, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowwise } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { rowUnder } from '../checked-row.ts';
import { needFunction } from '../given.ts';

/**
 * Makes a row from each object. The row keeps the object's namespace and name: a row whose `metadata` says another key is an error
 * (use `flatMap` for rows under keys of their own).
 *
 * `project` must read nothing but the object and must not change it. An object for which it throws, or answers undefined, null or a
 * promise, has no row; the error is reported under its key and everything else goes on. A row that comes out deep-equal to the one
 * before is no change.
 * @example
 * const phases = pods.pipe(map((pod) => ({ metadata: identity(pod), phase: pod.status?.phase ?? 'Unknown' })));
 */
export function map<T, R>(project: (object: T) => R): DeltaOperator<T, R> {
  needFunction('map', project);
  const make = pure('map', project);
  const change = (delta: Delta<T>): Change<R> => {
    const { key } = delta;
    if (delta.type === 'DELETED') return { type: 'REMOVE', key };
    try {
      return { type: 'PUT', key, object: rowUnder(key, make(delta.object), 'map') };
    } catch (error) {
      return { type: 'FAIL', key, error };
    }
  };
  const operator: DeltaOperator<T, R> = rxMap((batch) => batch.derive(batch.changes.map(change)));
  return markRowwise(operator, { operator: 'map', text: project.toString() });
}
