/**
 * `min` and `max`: the least and the greatest value of the members of a group.
 *
 * State: each different value, and the number of members that have it. Cost: O(log n) of the different values.
 * @module
 */
import { OrderedMap } from '../ordered-map.ts';
import { byValue, type Comparable, requireComparable } from '../results.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/**
 * The least of the values that `value` returns. Strings are compared by their characters, so of timestamps in the same format it is the
 * earliest. Members without a value (undefined) are ignored; without any value the result is undefined. If the types differ, numbers come
 * before strings, and strings before dates.
 *
 * NaN and values of other types are errors: the object is left out of all groups.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.nodeName, { oldest: min((pod) => pod.metadata?.creationTimestamp) }));
 */
export function min<T, X extends Comparable | undefined>(value: (object: T) => X): Reducer<T, X> {
  return extreme((values) => values.firstKey(), value);
}

/**
 * The greatest of the values that `value` returns; otherwise like {@link min}.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.nodeName, { newest: max((pod) => pod.metadata?.creationTimestamp) }));
 */
export function max<T, X extends Comparable | undefined>(value: (object: T) => X): Reducer<T, X> {
  return extreme((values) => values.lastKey(), value);
}

/** The number of members with each value. */
type Counts = OrderedMap<Comparable, number>;

function extreme<T, X extends Comparable | undefined>(
  select: (values: Counts) => Comparable | undefined,
  value: (object: T) => X,
): Reducer<T, X> {
  return {
    read: (object) => requireComparable(value(object)),
    // The result is the value of a member, or undefined if a member may have no value. Both are of type X.
    open: () => accumulator(select) as Accumulator<unknown, X>,
  };
}

function accumulator(
  select: (values: Counts) => Comparable | undefined,
): Accumulator<Comparable | undefined, Comparable | undefined> {
  const values: Counts = new OrderedMap<Comparable, number>(byValue);
  return {
    add: (value) => {
      if (value !== undefined) values.set(value, (values.get(value) ?? 0) + 1);
    },
    remove: (value) => {
      if (value === undefined) return;
      const count = (values.get(value) ?? 0) - 1;
      if (count > 0) values.set(value, count);
      else values.delete(value);
    },
    result: () => select(values),
  };
}
