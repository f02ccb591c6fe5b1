/**
 * `count`: how many members a group has.
 *
 * State: a number. Cost: constant.
 * @module
 */
import type { Accumulator, Reducer } from './reducer.ts';

/**
 * The number of members.
 * @example
 * groupBy((pod) => pod.spec?.nodeName, { pods: count() });
 */
export function count(): Reducer<unknown, number> {
  return {
    read: () => undefined,
    open: (): Accumulator<undefined, number> => {
      let members = 0;
      return {
        add: () => {
          members += 1;
        },
        remove: () => {
          members -= 1;
        },
        result: () => members,
      };
    },
  };
}
