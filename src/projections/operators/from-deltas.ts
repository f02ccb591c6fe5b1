/**
 * `fromDeltas`: a collection from an RxJS pipeline.
 *
 * State: a reference to each object. Cost: the changes of each batch. Each batch is a separate tick.
 * @module
 */
import type { Observable } from 'rxjs';
import { ExternalCollection } from '../../informers/collection/external-collection.ts';
import type { Collection, DeltaBatch } from '../../informers/collection/index.ts';
import { requireObservable } from '../arguments.ts';
import type { ClockOptions } from '../timing.ts';

/**
 * Makes a collection from batches: the `deltas$` of a collection after any RxJS operators.
 *
 * The first batch must be a SNAPSHOT, and each later batch must follow the one before, so an operator that loses batches is detected. A
 * later SNAPSHOT is applied as a difference. It occurs with `retry`, which subscribes again, and with `switchMap` to another collection.
 *
 * The collection fails if a batch is missing, repeated, out of order or not a batch, and if the observable fails or completes. Then its
 * objects stay, `hasSynced` is false, and `debug()` and `/readyz` show the reason. After a batch with the cause GONE, the collection is not
 * synced until the next RELIST or SNAPSHOT.
 *
 * The collection subscribes to the observable with its own first subscriber and unsubscribes with the last one. Views over it have scheme
 * `local`. `explain` does not show the collection that the batches come from.
 * @example
 * const busyPods = fromDeltas('busy pods', pods.deltas$.pipe(
 *   rx.bufferTime(1000),
 *   rx.filter((batches) => batches.length > 0),
 *   rx.map(DeltaBatch.merge),
 * ));
 */
export function fromDeltas<T>(
  name: string,
  deltas$: Observable<DeltaBatch<T>>,
  { clock }: ClockOptions = {},
): Collection<T> {
  requireObservable('fromDeltas', deltas$, 'deltas$');
  return new ExternalCollection<T>(name, deltas$, clock);
}
