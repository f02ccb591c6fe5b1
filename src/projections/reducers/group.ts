/**
 * One group of `groupBy`: its members, and what its reducers hold of them.
 * @module
 */
import { reasonOf } from '../../informers/collection/errors.ts';
import { byKey, OrderedMap } from '../ordered-map.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/** Reducers by the names that their values have in rows. */
export type NamedReducers<T> = readonly (readonly [name: string, reducer: Reducer<T, unknown>])[];

/** What each reducer read of a member, in order of the reducers. The same list means that nothing has changed. */
export type Reads = readonly unknown[];

/** A function of a reducer has thrown. */
export class ReducerError extends Error {
  override readonly name = 'ReducerError';
  constructor(reducer: string, cause: unknown) {
    super(`${reducer}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * The members of a group. What they read is told at once; reducers are told when the result is asked for, first of all that goes and
 * then of all that comes, so that a result never depends on states that lie between two ticks.
 *
 * State: the reads of each member, in a sorted map, and the state of the reducers.
 */
export class Group {
  readonly #reducers: NamedReducers<never>;
  /** What the accumulators hold, or would if there were any. */
  readonly #members = new OrderedMap<string, Reads>(byKey);
  /** Members whose reads are others than those in `#members`; undefined: gone. */
  readonly #changes = new Map<string, Reads | undefined>();
  /** Undefined at first, and after one has thrown: then they are made anew of all members. */
  #accumulators: readonly Accumulator<unknown, unknown>[] | undefined;

  constructor(reducers: NamedReducers<never>) {
    this.#reducers = reducers;
  }

  /** A member has come or changed. */
  set(member: string, reads: Reads): void {
    this.#changes.set(member, reads);
  }

  /** A member is gone. */
  delete(member: string): void {
    this.#changes.set(member, undefined);
  }

  /** The members, in order of their keys, as of the last {@link settle}. */
  get members(): Iterable<string> {
    return this.#members.keys();
  }

  /** Takes note of what has changed; answers whether anybody is left. @throws ReducerError */
  settle(): boolean {
    const changes = this.#takeChanges();
    if (this.#members.size === 0) return false;
    const accumulators = this.#accumulators;
    this.#accumulators = undefined;
    this.#accumulators = accumulators === undefined ? this.#anew() : this.#changed(accumulators, changes);
    return true;
  }

  /** The values of the reducers, in their order. After {@link settle}. @throws ReducerError */
  results(): readonly unknown[] {
    const accumulators = this.#accumulators ?? [];
    this.#accumulators = undefined;
    const results = accumulators.map((accumulator, at) => attempt(this.#nameOf(at), () => accumulator.result()));
    this.#accumulators = accumulators;
    return results;
  }

  #nameOf(at: number): string {
    return this.#reducers[at]?.[0] ?? '';
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

  #anew(): readonly Accumulator<unknown, unknown>[] {
    return this.#reducers.map(([name, reducer], at) =>
      attempt(name, () => {
        const accumulator = reducer.open();
        for (const [member, reads] of this.#members.entries()) accumulator.add(reads[at], member);
        return accumulator;
      }),
    );
  }

  #changed(
    accumulators: readonly Accumulator<unknown, unknown>[],
    changes: readonly MemberChange[],
  ): readonly Accumulator<unknown, unknown>[] {
    for (const [at, accumulator] of accumulators.entries()) {
      // A reducer that reads the same of a member as before has nothing to do for it.
      const own = changes.filter(
        ({ before, now }) => before === undefined || now === undefined || !Object.is(before[at], now[at]),
      );
      attempt(this.#nameOf(at), () => {
        for (const { member, before } of own) if (before !== undefined) accumulator.remove(before[at], member);
        for (const { member, now } of own) if (now !== undefined) accumulator.add(now[at], member);
      });
    }
    return accumulators;
  }
}

interface MemberChange {
  readonly member: string;
  readonly before: Reads | undefined;
  readonly now: Reads | undefined;
}

/** What a user's function answers, or an error that names the reducer. */
export function attempt<A>(reducer: string, work: () => A): A {
  try {
    return work();
  } catch (error) {
    throw new ReducerError(reducer, error);
  }
}
