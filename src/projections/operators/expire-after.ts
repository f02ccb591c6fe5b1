/**
 * `expireAfter`: objects for a limited time.
 *
 * State: a reference to each object that will expire, in order of time. Cost: O(log n) of these for each change; when a time has come, the
 * objects that expire then. One timer for all objects.
 * @module
 */
import { systemClock } from '../../clock.ts';
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { requireFunction, requireMilliseconds } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
import { OrderedMap } from '../ordered-map.ts';
import {
  byDeadline,
  type ClockOptions,
  type Deadline,
  DeadlineTimer,
  type Instant,
  optionalMilliseconds,
} from '../timing.ts';

/** An object and the time when it expires; Infinity for an object that never expires. */
interface Expiring<T> extends Deadline {
  readonly object: T;
}

/** The new state of an object; undefined if it was deleted. */
type NewState<T> = Expiring<T> | { readonly error: unknown } | undefined;

/**
 * Keeps an object until `milliseconds` after the time that `since` returns: a date-time of RFC 3339, milliseconds since the epoch, or a
 * Date. If `since` returns undefined, null or Go's zero time (0001-01-01T00:00:00Z), the object does not expire. The result depends only on the objects and the time, so
 * replicas agree as far as their clocks do.
 *
 * If `since` throws or returns another value, the object is absent, and the error is reported under its key.
 * @throws RangeError unless `milliseconds` is a whole number above zero
 * @example
 * const recent = events.pipe(expireAfter(600_000, (event) => event.metadata?.creationTimestamp));
 */
export function expireAfter<T>(
  milliseconds: number,
  since: (object: T) => Instant | undefined | null,
  { clock = systemClock }: ClockOptions = {},
): DeltaOperator<T, T> {
  const lifetime = requireMilliseconds('expireAfter', milliseconds);
  requireFunction('expireAfter', since, 'since');
  return declaredStep('expireAfter', OWN_OBJECT, ({ main, provenance, onClose, wake }) => {
    const sinceOf = pure('expireAfter', since);
    const changed = new Map<string, NewState<T>>();
    const waiting = new Map<string, Expiring<T>>();
    const queue = new OrderedMap<Expiring<T>, undefined>(byDeadline);
    const timer = new DeadlineTimer(clock, wake);
    onClose(() => timer.set(undefined));

    const stateOf = (key: string, object: T): NewState<T> => {
      try {
        const start = sinceOf(object);
        const set = start === Infinity ? undefined : optionalMilliseconds(start);
        return { key, object, due: set === undefined ? Infinity : set + lifetime };
      } catch (error) {
        return { error };
      }
    };
    const remove = (one: Expiring<T>): void => {
      waiting.delete(one.key);
      queue.delete(one);
    };
    main(({ changes }) => {
      for (const { type, key, object } of changes) {
        const before = waiting.get(key);
        if (before !== undefined) remove(before);
        changed.set(key, type === 'DELETED' ? undefined : stateOf(key, object));
      }
    });
    provenance(keyKeeping);
    return function* () {
      const now = clock.now();
      for (const [key, state] of changed) {
        if (state === undefined) {
          yield { type: 'REMOVE', key };
        } else if ('error' in state) {
          yield { type: 'FAIL', key, error: state.error };
        } else if (state.due <= now) {
          yield { type: 'REMOVE', key };
        } else {
          if (state.due < Infinity) {
            waiting.set(key, state);
            queue.set(state, undefined);
          }
          yield { type: 'PUT', key, object: state.object };
        }
      }
      changed.clear();
      let next = queue.firstKey();
      while (next !== undefined && next.due <= now) {
        remove(next);
        yield { type: 'REMOVE', key: next.key };
        next = queue.firstKey();
      }
      timer.set(next?.due);
    };
  });
}
