/**
 * What `min` and `max` share: the values of a group's members, in order.
 *
 * State: each different value, and how many members have it. Cost: O(log n) of the different values.
 * @module
 */
import { byValue, checkedComparable, type Comparable } from '../comparable.ts';
import { OrderedMap } from '../ordered-map.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/** The value at one end of the order. */
export function extreme<T, X extends Comparable | undefined>(
  end: 'least' | 'greatest',
  value: (object: T) => X,
): Reducer<T, X> {
  return {
    read: (object) => checkedComparable(value(object)),
    // Of a group whose members all have values the result is one of them; what is undefined is so because X allows it.
    open: () => accumulator(end) as Accumulator<unknown, X>,
  };
}

function accumulator(end: 'least' | 'greatest'): Accumulator<Comparable | undefined, Comparable | undefined> {
  const members = new OrderedMap<Comparable, number>(byValue);
  return {
    add: (value) => {
      if (value !== undefined) members.set(value, (members.get(value) ?? 0) + 1);
    },
    remove: (value) => {
      if (value === undefined) return;
      const left = (members.get(value) ?? 0) - 1;
      if (left > 0) members.set(value, left);
      else members.delete(value);
    },
    result: () => (end === 'least' ? members.firstKey() : members.lastKey()),
  };
}
