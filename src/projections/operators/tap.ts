/**
 * `tap`: looks at what passes.
 *
 * State: none. Cost: one call for each batch.
 * @module
 */
import { map as rxMap } from 'rxjs';
import type { Change, Delta, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowwise } from '../../informers/collection/lineage.ts';
import { needFunction } from '../given.ts';

/**
 * Calls `look` with every batch, the first one a SNAPSHOT, and passes the objects on as they are. An error that `look` throws ends the
 * pipeline: catch what must not.
 * @example
 * pods.pipe(tap((batch) => log.debug({ changes: batch.changes.length })), filter(isRunning));
 */
export function tap<T>(look: (batch: DeltaBatch<T>) => void): DeltaOperator<T, T> {
  needFunction('tap', look);
  const operator: DeltaOperator<T, T> = rxMap((batch) => {
    look(batch);
    return batch.derive(batch.changes.map(passed));
  });
  // What is looked at does not change a row, so its text is no part of the fingerprint.
  return markRowwise(operator, { operator: 'tap', text: '', observes: true });
}

function passed<T>({ type, key, object }: Delta<T>): Change<T> {
  return type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object };
}
