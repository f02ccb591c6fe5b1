/**
 * `min`: the least value of the members.
 *
 * State: each different value, and how many members have it. Cost: O(log n) of the different values.
 * @module
 */
import type { Comparable } from '../comparable.ts';
import { extreme } from './extreme.ts';
import type { Reducer } from './reducer.ts';

/**
 * The least of what `value` answers: of strings the first in order of characters (of timestamps that are written alike, the earliest), of
 * dates the earliest. Members for which it answers undefined have no part; where that is all members, the result is undefined. Of values
 * of several kinds, numbers come before strings, and strings before dates.
 * @throws TypeError from `value`, for NaN and for what has no order: the object is left out of all groups
 * @example
 * groupBy((pod) => pod.spec?.nodeName, { oldest: min((pod) => pod.metadata?.creationTimestamp) });
 */
export function min<T, X extends Comparable | undefined>(value: (object: T) => X): Reducer<T, X> {
  return extreme('least', value);
}
