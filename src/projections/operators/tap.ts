/**
 * `tap`: calls a function with every batch.
 *
 * State: none. Cost: one call for each batch.
 * @module
 */
import { map as rxMap } from 'rxjs';
import type { Change, Delta, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowWise } from '../../informers/collection/lineage.ts';
import { requireFunction } from '../arguments.ts';

/**
 * Calls `look` with every batch and emits the objects unchanged. The first batch is a SNAPSHOT. An error that `look` throws ends the
 * pipeline, so catch errors inside it.
 * @example
 * pods.pipe(tap((batch) => log.debug(`${batch.changes.length} changes`)), filter(isRunning));
 */
export function tap<T>(look: (batch: DeltaBatch<T>) => void): DeltaOperator<T, T> {
  requireFunction('tap', look);
  const operator: DeltaOperator<T, T> = rxMap((batch) => {
    look(batch);
    return batch.derive(batch.changes.map(unchanged));
  });
  // `look` does not change rows, so its text is not part of the fingerprint.
  return markRowWise(operator, { operator: 'tap', text: '', observes: true });
}

function unchanged<T>({ type, key, object }: Delta<T>): Change<T> {
  return type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object };
}
