/**
 * `recomputeEvery`: rows that depend on the time.
 *
 * State: a reference to each object. Cost: a call for each changed object; at every multiple of the interval a call for every object,
 * and a comparison of its row with the one before. Rows that come out as they were are not told.
 * @module
 */
import { systemClock } from '../../clock.ts';
import type { Change, DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { Alarm, type ClockOptions, wholeMilliseconds } from '../alarm.ts';
import { rowUnder } from '../checked-row.ts';
import { needFunction } from '../given.ts';
import { incremental } from '../incremental.ts';

/**
 * Makes a row from each object and the time, under the same key, as `map` does. `now` is in milliseconds since the epoch, rounded down
 * to a multiple of `milliseconds`: the same for all rows, and on all replicas. At every multiple all rows are made anew, so choose the
 * interval with the number of objects in mind.
 *
 * `project` must read nothing but the object and `now`. An object for which it throws, or answers what is no row, has none; the error is
 * reported under its key.
 * @throws RangeError unless `milliseconds` is a whole number above zero
 * @example
 * const ages = pods.pipe(recomputeEvery(60_000, (pod, now) => ({ metadata: identity(pod), old: now - createdAt(pod) > DAY })));
 */
export function recomputeEvery<T, R>(
  milliseconds: number,
  project: (object: T, now: number) => R,
  { clock = systemClock }: ClockOptions = {},
): DeltaOperator<T, R> {
  const interval = wholeMilliseconds('recomputeEvery', milliseconds);
  needFunction('recomputeEvery', project, 'project');
  return incremental('recomputeEvery', ({ main, provenance, onClose, wake }) => {
    const make = pure('recomputeEvery', project);
    const objects = new Map<string, T>();
    const changed = new Set<string>();
    /** The multiple for which all rows that have not changed were made. */
    let made: number | undefined;
    const alarm = new Alarm(clock, wake);
    onClose(() => alarm.set(undefined));

    main(({ changes }) => {
      for (const { type, key, object } of changes) {
        changed.add(key);
        if (type === 'DELETED') objects.delete(key);
        else objects.set(key, object);
      }
    });
    provenance(keyKeeping);
    const rowOf = (key: string, now: number): Change<R> => {
      const object = objects.get(key);
      if (object === undefined) return { type: 'REMOVE', key };
      try {
        return { type: 'PUT', key, object: rowUnder(key, make(object, now), 'recomputeEvery') };
      } catch (error) {
        return { type: 'FAIL', key, error };
      }
    };
    return function* () {
      const now = Math.floor(clock.now() / interval) * interval;
      if (now !== made) for (const key of objects.keys()) changed.add(key);
      made = now;
      for (const key of changed) yield rowOf(key, now);
      changed.clear();
      alarm.set(objects.size === 0 ? undefined : now + interval);
    };
  });
}
