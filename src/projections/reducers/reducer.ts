/**
 * Reducers: what `groupBy` makes of the members of a group, kept up to date member by member.
 *
 * A reducer reads each member once, when it comes or changes. What was read is kept, and is what is taken out again: no function of the
 * user's is ever called with an object that is gone.
 * @module
 */
import { guardedRow, pure } from '../../informers/collection/purity.ts';

/** One value `V` of a group, made of members `T`. Given to `groupBy` by name; made by `count`, `sum`, … and {@link reducer}. */
export interface Reducer<T, V> {
  /** What a member has a part with. Deep-equal reads are the same part. */
  readonly read: (object: T) => unknown;
  /** A group begins. */
  readonly open: () => Accumulator<unknown, V>;
}

/**
 * The state of one reducer in one group. A state that has thrown is not used again.
 *
 * These are methods, which TypeScript lets stand for those of `Accumulator<unknown, V>`: what an accumulator is given is what its own
 * reducer has read.
 */
export interface Accumulator<X, V> {
  add(read: X, member: string): void;
  /** Takes out what was added for this member. */
  remove(read: X, member: string): void;
  /** A value of its own: nothing that is added later may show in it. */
  result(): V;
}

/** What {@link reducer} is made of. All are pure functions: the state they are given must not be changed. */
export interface ReducerDefinition<T, X, S, V> {
  /** The state of a group without members. */
  readonly initial: () => S;
  /** What a member has a part with. */
  readonly read: (object: T) => X;
  /** The state with a member. Members come in any order, so the order must not matter. */
  readonly add: (state: S, read: X) => S;
  /** The state without a member: the very opposite of `add`. */
  readonly remove: (state: S, read: X) => S;
  /** The value of the group. */
  readonly result: (state: S) => V;
}

/**
 * A reducer of your own. Write the functions in the order `initial`, `read`, `add`, `remove`, `result`: TypeScript infers from each for
 * the next.
 *
 * A `read` that throws leaves its object out of all groups; `add`, `remove` or `result` that throws leaves the group without a row, and
 * at its next change the group is made anew from what was read of its members.
 *
 * Cost per change: one `remove`, one `add`, one `result`.
 * @example
 * groupBy((pod) => pod.metadata?.namespace, {
 *   restarts: reducer({
 *     initial: () => 0,
 *     read: (pod) => pod.status?.containerStatuses?.length ?? 0,
 *     add: (total, some) => total + some,
 *     remove: (total, some) => total - some,
 *     result: (total) => `${total} containers`,
 *   }),
 * });
 */
export function reducer<T, X, S, V>({
  initial,
  read,
  add,
  remove,
  result,
}: ReducerDefinition<T, X, S, V>): Reducer<T, V> {
  const [adding, removing, resulting] = [pure('reducer', add), pure('reducer', remove), pure('reducer', result)];
  return {
    read,
    open: (): Accumulator<X, V> => {
      let state = guardedRow(initial());
      return {
        add: (some) => {
          state = guardedRow(adding(state, some));
        },
        remove: (some) => {
          state = guardedRow(removing(state, some));
        },
        result: () => resulting(state),
      };
    },
  };
}
