/**
 * The contract of reducers: the values that `groupBy` computes from the members of a group, updated member by member.
 *
 * A reducer reads each member once, when it is added or changed. The value that was read is kept, and later the same value is removed
 * again. So a user's function is never called with a deleted object.
 * @module
 */
import { guardedRow, pure } from '../../informers/collection/purity.ts';
import { requireSync } from '../results.ts';

/** The key of a group, as reducers receive it. */
export interface GroupKey {
  /** The text that the key function returned. If it returned a namespace and a name, `namespace/name`. */
  readonly text: string;
  /** The namespace of the row; undefined for a cluster-scoped row. */
  readonly namespace: string | undefined;
  /** The name of the row: the text if it can be a name as it is, and the `safeName` of the text otherwise. */
  readonly name: string;
}

/** Computes one value `V` of a group from its members `T`. Made by `count`, `sum` and others, or by {@link reducer}. */
export interface Reducer<T, V> {
  /** Reads the part of a member that the reducer uses. If the part is deep-equal to the one before, nothing is recomputed. */
  readonly read: (object: T) => unknown;
  /** Starts a group. `key` is the key that its members have in common. */
  readonly open: (key: GroupKey) => Accumulator<unknown, V>;
}

/**
 * The state of one reducer in one group. After a method has thrown, the state is not used again.
 *
 * The members are methods and not functions, so that `Accumulator<X, V>` is assignable to `Accumulator<unknown, V>`. That is
 * safe, because an accumulator receives only values that its reducer has read.
 */
export interface Accumulator<X, V> {
  add(read: X, member: string): void;
  /** Removes the value that was added for this member. */
  remove(read: X, member: string): void;
  /** Returns the value of the group. Later changes of the state must not change it. */
  result(): V;
}

/** The functions of a {@link reducer}. They must be pure and must not change the state that they receive. */
export interface ReducerDefinition<T, X, S, V> {
  /** Returns the state of a group without members. */
  readonly initial: (key: GroupKey) => S;
  /** Reads the part of a member that the reducer uses. */
  readonly read: (object: T) => X;
  /** Returns the state with one more member. The order of members must not matter. */
  readonly add: (state: S, read: X) => S;
  /** Returns the state without a member. It must reverse `add`. */
  readonly remove: (state: S, read: X) => S;
  /** Returns the value of the group. */
  readonly result: (state: S, key: GroupKey) => V;
}

/**
 * Makes your own reducer. Write the functions in the order `initial`, `read`, `add`, `remove`, `result`, because TypeScript infers the
 * types of each from those before.
 *
 * If `read` throws, its object is left out of all groups. If `add`, `remove` or `result` throws, the group has no row. At the next change
 * of the group its state is computed again from all members.
 *
 * Cost per change: one call of `remove`, `add` and `result`.
 * @example
 * pods.pipe(
 *   groupBy((pod) => pod.metadata?.namespace, {
 *     summary: reducer({
 *       initial: () => 0,
 *       read: (pod) => pod.status?.containerStatuses?.length ?? 0,
 *       add: (total, containers) => total + containers,
 *       remove: (total, containers) => total - containers,
 *       result: (total, { text }) => `${total} containers in ${text}`,
 *     }),
 *   }),
 * );
 */
export function reducer<T, X, S, V>({
  initial,
  read,
  add,
  remove,
  result,
}: ReducerDefinition<T, X, S, V>): Reducer<T, V> {
  const [pureAdd, pureRemove, pureResult] = [pure('reducer', add), pure('reducer', remove), pure('reducer', result)];
  return {
    read,
    open: (key): Accumulator<X, V> => {
      let state = guardedRow(requireSync('function initial', initial(key)));
      return {
        add: (value) => {
          state = guardedRow(requireSync('function add', pureAdd(state, value)));
        },
        remove: (value) => {
          state = guardedRow(requireSync('function remove', pureRemove(state, value)));
        },
        result: () => requireSync('function result', pureResult(state, key)),
      };
    },
  };
}
