/**
 * `fromDeltas`: back from RxJS.
 *
 * State: a reference to each object. Cost: the changes of each batch, which is a tick of its own.
 * @module
 */
import type { Observable } from 'rxjs';
import { ExternalCollection } from '../../informers/collection/external-collection.ts';
import type { Collection, DeltaBatch } from '../../informers/collection/index.ts';
import type { ClockOptions } from '../alarm.ts';
import { needObservable } from '../given.ts';

/**
 * The collection that batches lead to: those of the `deltas$` of a collection, after whatever RxJS did with them.
 *
 * The first batch must be a SNAPSHOT, and each one after it must follow the one before: so an operator that loses batches is found out.
 * A later SNAPSHOT (somebody subscribed again, as `retry` does, or to another collection, as `switchMap` does) is taken as the difference.
 * A batch that is missing, twice there or out of order, one that is no batch, and an observable that fails or completes end the
 * collection: its `failure` says why, its rows stay, and it is not synced.
 *
 * It subscribes with its first subscriber and unsubscribes with the last. Views over it are of scheme `local`. That it derives from
 * another collection is not known to it: `explain` ends here, and a source that was GONE is back with the next RELIST or SNAPSHOT.
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
  needObservable('fromDeltas', deltas$, 'deltas$');
  return new ExternalCollection<T>(name, deltas$, clock);
}
