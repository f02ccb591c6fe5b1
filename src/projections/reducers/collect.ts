/**
 * `collect`: a list of the members, or of a value of each, in order of their keys.
 *
 * State: the value of each member, in a sorted map. Cost: O(log n), and the size of the group for the result.
 * @module
 */
import { compareKeys, OrderedMap } from '../ordered-map.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/**
 * The members of a group, or the values that `value` returns for them, in order of the keys of the members. Members without a value
 * (undefined) are not in the list.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.nodeName, { names: collect((pod) => pod.metadata?.name) }));
 */
export function collect<T>(): Reducer<T, readonly T[]>;
export function collect<T, X>(value: (object: T) => X): Reducer<T, readonly Exclude<X, undefined>[]>;
export function collect(
  value: (object: unknown) => unknown = (object) => object,
): Reducer<unknown, readonly unknown[]> {
  return {
    read: value,
    open: (): Accumulator<unknown, readonly unknown[]> => {
      const members = new OrderedMap<string, unknown>(compareKeys);
      return {
        add: (read, member) => {
          if (read !== undefined) members.set(member, read);
        },
        remove: (_read, member) => members.delete(member),
        result: () => members.values(),
      };
    },
  };
}
