/**
 * `recomputeEvery`: rows that depend on the time, recomputed at regular intervals.
 *
 * State: a reference to each object. Cost: one call for each changed object; at every multiple of the interval, one call and one
 * comparison for every object. A row that is equal to the one before is not a change.
 * @module
 */
import { systemClock } from '../../clock.ts';
import type { Change, DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { requireFunction, requireMilliseconds } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
import { requireRowOf, type Sync } from '../results.ts';
import { type ClockOptions, DeadlineTimer } from '../timing.ts';

/**
 * Makes a row from each object and the time, with the same key, like `map`. `now` is in milliseconds since the epoch, rounded down to a
 * multiple of `milliseconds`, so it is the same for all rows and on all replicas. All rows are recomputed at every multiple, so choose the
 * interval for the number of objects. If only few points in time matter, `at` is cheaper.
 *
 * `project` must depend only on the object and `now`. If it throws or returns a value that is not a row, the object has no row, and the
 * error is reported under its key.
 * @throws RangeError unless `milliseconds` is a whole number above zero
 * @example
 * const ages = pods.pipe(
 *   recomputeEvery(60_000, (pod, now) => ({ metadata: identity(pod), old: now - createdAt(pod) > DAY })),
 * );
 */
export function recomputeEvery<T, R>(
  milliseconds: number,
  project: (object: T, now: number) => Sync<R>,
  { clock = systemClock }: ClockOptions = {},
): DeltaOperator<T, DeepReadonly<R>> {
  const interval = requireMilliseconds('recomputeEvery', milliseconds);
  requireFunction('recomputeEvery', project, 'project');
  return declaredStep('recomputeEvery', OWN_OBJECT, ({ main, provenance, onClose, wake }) => {
    const make = pure('recomputeEvery', project);
    const objects = new Map<string, T>();
    const changed = new Set<string>();
    /** The multiple for which all unchanged rows were made. */
    let made: number | undefined;
    const timer = new DeadlineTimer(clock, wake);
    onClose(() => timer.set(undefined));

    main(({ changes }) => {
      for (const { type, key, object } of changes) {
        changed.add(key);
        if (type === 'DELETED') objects.delete(key);
        else objects.set(key, object);
      }
    });
    provenance(keyKeeping);
    const change = (key: string, now: number): Change<DeepReadonly<R>> => {
      const object = objects.get(key);
      if (object === undefined) return { type: 'REMOVE', key };
      try {
        return { type: 'PUT', key, object: requireRowOf(key, make(object, now) as R, 'recomputeEvery') };
      } catch (error) {
        return { type: 'FAIL', key, error };
      }
    };
    return function* () {
      const now = Math.floor(clock.now() / interval) * interval;
      if (now !== made) for (const key of objects.keys()) changed.add(key);
      made = now;
      for (const key of changed) yield change(key, now);
      changed.clear();
      timer.set(objects.size === 0 ? undefined : now + interval);
    };
  });
}
