/**
 * `at`: rows that are recomputed at the points in time that their objects name.
 *
 * State: a reference to each object and its points in time; the objects with a future point in time, in order of time. Cost: one call and
 * O(log n) for each changed object; at a point in time, the same for the objects that name it. One timer for all objects.
 * @module
 */
import { systemClock } from '../../clock.ts';
import type { Change, DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { requireFunction } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
import { OrderedMap } from '../ordered-map.ts';
import { requireRowOf, requireSync, type Sync } from '../results.ts';
import {
  byDeadline,
  type ClockOptions,
  type Deadline,
  DeadlineTimer,
  type Instant,
  optionalMilliseconds,
} from '../timing.ts';

/** The points in time of an object: one, several, or none. */
export type Instants = Instant | readonly (Instant | null | undefined)[] | null | undefined;

/** An object and its points in time in milliseconds, in order. */
interface Timed<T> {
  readonly object: T;
  readonly instants: readonly number[];
}

/**
 * Makes a row from each object and the time, with the same key, like `map`, and recomputes it at each point in time that `instants`
 * returns for the object. A point in time is a date-time of RFC 3339, milliseconds since the epoch, or a Date; undefined, null
 * and Go's zero time (0001-01-01T00:00:00Z) are ignored.
 *
 * `now` is the last of these points in time that has come, in milliseconds since the epoch; -Infinity before the first one. So a row
 * depends only on the object and on which of its points in time have come, and replicas agree as far as their clocks do. `project` must
 * depend only on the object and `now`, and compare `now` only with points in time that `instants` returns.
 *
 * If a function throws, `instants` returns another value, or `project` returns a value that is not a row, the object has no row, and the
 * error is reported under its key.
 * @example
 * const certificates = secrets.pipe(
 *   at(
 *     (secret) => [renewalOf(secret), expiryOf(secret)],
 *     (secret, now) => ({ metadata: identity(secret), renew: now >= renewalOf(secret), expired: now >= expiryOf(secret) }),
 *   ),
 * );
 */
export function at<T, R>(
  instants: (object: T) => Instants,
  project: (object: T, now: number) => Sync<R>,
  { clock = systemClock }: ClockOptions = {},
): DeltaOperator<T, DeepReadonly<R>> {
  requireFunction('at', instants, 'instants');
  requireFunction('at', project, 'project');
  return declaredStep('at', OWN_OBJECT, ({ main, provenance, onClose, wake }) => {
    const instantsOf = pure('at (instants)', (object: T) => sortedMilliseconds(instants(object)));
    const make = pure('at (project)', project);
    const objects = new Map<string, Timed<T>>();
    const failed = new Map<string, unknown>();
    const deadlines = new Map<string, Deadline>();
    const queue = new OrderedMap<Deadline, undefined>(byDeadline);
    const changed = new Set<string>();
    const timer = new DeadlineTimer(clock, wake);
    onClose(() => timer.set(undefined));

    main(({ changes }) => {
      for (const { type, key, object } of changes) {
        changed.add(key);
        objects.delete(key);
        failed.delete(key);
        if (type === 'DELETED') continue;
        try {
          objects.set(key, { object, instants: instantsOf(object) });
        } catch (error) {
          failed.set(key, error);
        }
      }
    });
    provenance(keyKeeping);
    const schedule = (key: string, due: number | undefined): void => {
      const before = deadlines.get(key);
      if (before !== undefined) queue.delete(before);
      deadlines.delete(key);
      if (due === undefined) return;
      const deadline = { key, due };
      deadlines.set(key, deadline);
      queue.set(deadline, undefined);
    };
    const change = (key: string, time: number): Change<DeepReadonly<R>> => {
      const timed = objects.get(key);
      schedule(
        key,
        timed?.instants.find((instant) => instant > time),
      );
      if (failed.has(key)) return { type: 'FAIL', key, error: failed.get(key) };
      if (timed === undefined) return { type: 'REMOVE', key };
      const now = timed.instants.findLast((instant) => instant <= time) ?? -Infinity;
      try {
        return { type: 'PUT', key, object: requireRowOf(key, make(timed.object, now) as R, 'at') };
      } catch (error) {
        return { type: 'FAIL', key, error };
      }
    };
    return function* () {
      const time = clock.now();
      for (const [{ key, due }] of queue.entries()) {
        if (due > time) break;
        changed.add(key);
      }
      for (const key of changed) yield change(key, time);
      changed.clear();
      timer.set(queue.firstKey()?.due);
    };
  });
}

/** Returns points in time as milliseconds, each once, in order. @throws TypeError for a value that is not a point in time */
function sortedMilliseconds(result: Instants): readonly number[] {
  requireSync('function instants', result);
  const instants: readonly (Instant | null | undefined)[] = Array.isArray(result) ? result : [result as Instant];
  const milliseconds = new Set<number>();
  for (const instant of instants) {
    const set = optionalMilliseconds(instant);
    if (set !== undefined) milliseconds.add(set);
  }
  return Array.from(milliseconds).toSorted((a, b) => a - b);
}
