/**
 * One group of `groupBy`: its members and the states of its reducers.
 * @module
 */
import { reasonOf } from '../../informers/collection/errors.ts';
import { compareKeys, OrderedMap } from '../ordered-map.ts';
import type { Accumulator, GroupKey, Reducer } from './reducer.ts';

/** Reducers by the names of their values in rows. */
export type NamedReducers<T> = readonly (readonly [name: string, reducer: Reducer<T, unknown>])[];

/** The values that the reducers read from a member, in order of the reducers. If no value has changed, the array is the same object. */
export type MemberValues = readonly unknown[];

/** A function of a reducer threw. */
export class ReducerError extends Error {
  override readonly name = 'ReducerError';
  constructor(reducer: string, cause: unknown) {
    super(`${reducer}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * The members of a group. Changes are collected until {@link settle}. It removes all changed and deleted members from the reducers before
 * it adds the changed and new ones, so no reducer sees a mixture of old and new values.
 *
 * State: the values read from each member, in a sorted map, and the states of the reducers.
 */
export class Group {
  readonly #key: GroupKey;
  readonly #reducers: NamedReducers<never>;
  /** The members as of the last {@link settle}. */
  readonly #members = new OrderedMap<string, MemberValues>(compareKeys);
  /** The changes since the last {@link settle}; undefined for a member that was removed. */
  readonly #changes = new Map<string, MemberValues | undefined>();
  /** The states of the reducers. Undefined at first and after an error; then {@link settle} creates them from all members. */
  #accumulators: readonly Accumulator<unknown, unknown>[] | undefined;

  constructor(key: GroupKey, reducers: NamedReducers<never>) {
    this.#key = key;
    this.#reducers = reducers;
  }

  /** Adds or changes a member. */
  set(member: string, reads: MemberValues): void {
    this.#changes.set(member, reads);
  }

  /** Removes a member. */
  delete(member: string): void {
    this.#changes.set(member, undefined);
  }

  /** The keys of the members in order, as of the last {@link settle}. */
  get keys(): Iterable<string> {
    return this.#members.keys();
  }

  /** Applies the collected changes. Returns whether the group has members. @throws ReducerError */
  settle(): boolean {
    const changes = this.#takeChanges();
    if (this.#members.size === 0) return false;
    const accumulators = this.#accumulators;
    this.#accumulators = undefined;
    this.#accumulators = accumulators === undefined ? this.#create() : this.#update(accumulators, changes);
    return true;
  }

  /** Returns the values of the reducers in order. Call it after {@link settle}. @throws ReducerError */
  results(): readonly unknown[] {
    const accumulators = this.#accumulators ?? [];
    this.#accumulators = undefined;
    const results = accumulators.map((accumulator, index) => attempt(this.#nameOf(index), () => accumulator.result()));
    this.#accumulators = accumulators;
    return results;
  }

  #nameOf(index: number): string {
    return this.#reducers[index]?.[0] ?? '';
  }

  #takeChanges(): readonly MemberChange[] {
    const changes: MemberChange[] = [];
    for (const [member, now] of this.#changes) {
      const before = this.#members.get(member);
      if (before === now) continue;
      changes.push({ member, before, now });
      if (now === undefined) this.#members.delete(member);
      else this.#members.set(member, now);
    }
    this.#changes.clear();
    return changes;
  }

  #create(): readonly Accumulator<unknown, unknown>[] {
    return this.#reducers.map(([name, reducer], index) =>
      attempt(name, () => {
        const accumulator = reducer.open(this.#key);
        for (const [member, reads] of this.#members.entries()) accumulator.add(reads[index], member);
        return accumulator;
      }),
    );
  }

  #update(
    accumulators: readonly Accumulator<unknown, unknown>[],
    changes: readonly MemberChange[],
  ): readonly Accumulator<unknown, unknown>[] {
    for (const [index, accumulator] of accumulators.entries()) {
      // A reducer skips a member if it read the same value as before.
      const own = changes.filter(
        ({ before, now }) => before === undefined || now === undefined || !Object.is(before[index], now[index]),
      );
      attempt(this.#nameOf(index), () => {
        for (const { member, before } of own) if (before !== undefined) accumulator.remove(before[index], member);
        for (const { member, now } of own) if (now !== undefined) accumulator.add(now[index], member);
      });
    }
    return accumulators;
  }
}

interface MemberChange {
  readonly member: string;
  readonly before: MemberValues | undefined;
  readonly now: MemberValues | undefined;
}

/** Calls a function of a reducer. @throws ReducerError which names the reducer */
export function attempt<A>(reducer: string, work: () => A): A {
  try {
    return work();
  } catch (error) {
    throw new ReducerError(reducer, error);
  }
}
