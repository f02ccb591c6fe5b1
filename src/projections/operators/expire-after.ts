/**
 * `expireAfter`: objects for a limited time.
 *
 * State: of each object that will expire its due time, in order of time, and a reference. Cost: of a change O(log n) of these; of a due
 * time the objects that it is the time of. One timer, whatever the number of objects.
 * @module
 */
import { systemClock } from '../../clock.ts';
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { Alarm, type ClockOptions, wholeMilliseconds } from '../alarm.ts';
import { needFunction } from '../given.ts';
import { incremental } from '../incremental.ts';
import { type Instant, millisecondsOf } from '../instant.ts';
import { byKey, OrderedMap } from '../ordered-map.ts';

/** An object and the time at which it goes; Infinity: never. */
interface Timed<T> {
  readonly key: string;
  readonly object: T;
  readonly due: number;
}

/** What became of an object; undefined: deleted. */
type News<T> = Timed<T> | { readonly error: unknown } | undefined;

/**
 * Keeps an object until `milliseconds` after the time that `since` answers: a date-time of RFC 3339, milliseconds since the epoch, or a
 * Date. An object of which it answers undefined (or null) stays for ever. Whether an object is there depends on the object and the time
 * only, so replicas agree as far as their clocks do.
 *
 * An object of which `since` throws, or answers what is no point in time, is absent; the error is reported under its key.
 * @throws RangeError unless `milliseconds` is a whole number above zero
 * @example
 * const recent = events.pipe(expireAfter(600_000, (event) => event.metadata?.creationTimestamp));
 */
export function expireAfter<T>(
  milliseconds: number,
  since: (object: T) => Instant | undefined | null,
  { clock = systemClock }: ClockOptions = {},
): DeltaOperator<T, T> {
  const lifetime = wholeMilliseconds('expireAfter', milliseconds);
  needFunction('expireAfter', since, 'since');
  return incremental('expireAfter', ({ main, provenance, onClose, wake }) => {
    const sinceOf = pure('expireAfter', since);
    const news = new Map<string, News<T>>();
    const waiting = new Map<string, Timed<T>>();
    const byTime = new OrderedMap<Timed<T>, undefined>(byDueAndKey);
    const alarm = new Alarm(clock, wake);
    onClose(() => alarm.set(undefined));

    const timed = (key: string, object: T): News<T> => {
      try {
        const start = sinceOf(object) ?? Infinity;
        return { key, object, due: start === Infinity ? Infinity : millisecondsOf(start) + lifetime };
      } catch (error) {
        return { error };
      }
    };
    const forget = (one: Timed<T>): void => {
      waiting.delete(one.key);
      byTime.delete(one);
    };
    main(({ changes }) => {
      for (const { type, key, object } of changes) {
        const before = waiting.get(key);
        if (before !== undefined) forget(before);
        news.set(key, type === 'DELETED' ? undefined : timed(key, object));
      }
    });
    provenance(keyKeeping);
    return function* () {
      const now = clock.now();
      for (const [key, one] of news) {
        if (one === undefined) {
          yield { type: 'REMOVE', key };
        } else if ('error' in one) {
          yield { type: 'FAIL', key, error: one.error };
        } else if (one.due <= now) {
          yield { type: 'REMOVE', key };
        } else {
          if (one.due < Infinity) {
            waiting.set(key, one);
            byTime.set(one, undefined);
          }
          yield { type: 'PUT', key, object: one.object };
        }
      }
      news.clear();
      let next = byTime.firstKey();
      while (next !== undefined && next.due <= now) {
        forget(next);
        yield { type: 'REMOVE', key: next.key };
        next = byTime.firstKey();
      }
      alarm.set(next?.due);
    };
  });
}

function byDueAndKey(a: Timed<unknown>, b: Timed<unknown>): number {
  if (a.due !== b.due) return a.due < b.due ? -1 : 1;
  return byKey(a.key, b.key);
}
