/**
 * `tap`: calls a function with every batch.
 *
 * State: none. Cost: one call for each batch.
 * @module
 */
import { Observable } from 'rxjs';
import type { Change, Delta, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import { markRowWise } from '../../informers/collection/lineage.ts';
import { isPromiseLike } from '../../informers/collection/purity.ts';
import { markReads, OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { scheduler } from '../../informers/collection/scheduler.ts';
import { requireFunction } from '../arguments.ts';

/**
 * Calls `observe` with every batch and emits the objects unchanged. The first batch is a SNAPSHOT. If `observe` throws or
 * its promise is rejected, the pipeline ends, so catch errors inside it.
 * @example
 * pods.pipe(tap((batch) => log.debug(`${batch.changes.length} changes`)), filter(isRunning));
 */
export function tap<T>(observe: (batch: DeltaBatch<T>) => void): DeltaOperator<T, T> {
  requireFunction('tap', observe);
  const operator: DeltaOperator<T, T> = (source$) =>
    new Observable((subscriber) =>
      source$.subscribe({
        next: (batch) => {
          try {
            const result: unknown = observe(batch);
            if (isPromiseLike(result)) {
              Promise.resolve(result).catch((error: unknown) => scheduler.write(() => subscriber.error(error)));
            }
          } catch (error) {
            subscriber.error(error);
            return;
          }
          subscriber.next(batch.derive(batch.changes.map(unchanged)));
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  // `observe` does not change rows, so its text is not part of the fingerprint.
  return markRowWise(markReads(operator, OWN_OBJECT), { operator: 'tap', text: '', observes: true });
}

function unchanged<T>({ type, key, object }: Delta<T>): Change<T> {
  return type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object };
}
