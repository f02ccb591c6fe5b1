/**
 * The contract of matches. A match defines which objects of two collections belong together, for `join` and `leftJoin`.
 *
 * A {@link Match} is a description, and all subscriptions share it. Each subscription opens it and has its own {@link Relation}. A
 * relation holds keys only; the operator holds the objects.
 * @module
 */

import type { ReadRange } from '../../informers/collection/step-reads.ts';

/** The number of partners that an object of the left collection can have. */
export type Cardinality = 'one' | 'many';

/** The partners that `leftJoin` passes to `combine`: one that may be missing, or a list in order of keys. */
export interface LeftPartners<S> {
  readonly one: S | undefined;
  readonly many: readonly S[];
}

/** The partners that `join` passes to `combine`: one, or a list with at least one object in order of keys. */
export interface InnerPartners<S> {
  readonly one: S;
  readonly many: readonly S[];
}

/**
 * The partners of all objects, kept up to date with both collections. Its members are functions and not methods, so that the compiler
 * checks their parameters strictly.
 */
export interface Relation<T, S> {
  /**
   * Sets or deletes (undefined) the left object with a key. Deleting an unknown key has no effect.
   * @throws the error of a user's function; then the relation has not changed
   */
  readonly setLeft: (key: string, object: T | undefined) => void;
  /**
   * Sets or deletes (undefined) the right object with a key. Adds to `affected` the keys of all left objects that it was a partner of
   * before, or is a partner of now.
   * @throws the error of a user's function; then the relation has not changed
   */
  readonly setRight: (key: string, object: S | undefined, affected: Set<string>) => void;
  /** Returns the keys of the partners of a left object, each once, in any order. Right objects with these keys may not exist. */
  readonly partnersOf: (leftKey: string) => Iterable<string>;
}

/** A way to match objects, made by `byName`, `leftNamesRight`, `rightOwnsLeft`, `leftSelectsRight`, `byValues` and others. */
export interface Match<T, S, C extends Cardinality> {
  readonly cardinality: C;
  /** @param operator the name of the operator, for messages about the user's functions */
  readonly open: (operator: string) => Relation<T, S>;
}

/**
 * Returns the key of the right object for a left object: `namespace/name`, or `name` for a cluster-scoped object. For undefined, null
 * and the empty string, the left object has no partner.
 */
export type KeyFunction<T> = (left: T) => string | null | undefined;

const ranges = new WeakMap<object, ReadRange>();

/** Declares where the partners of a match are, relative to the namespace of the left object. Matches of users declare nothing. */
export function markRange<M extends object>(match: M, range: ReadRange): M {
  ranges.set(match, range);
  return match;
}

/** Returns where the partners of a match are. */
export function rangeOf(match: object): ReadRange {
  return ranges.get(match) ?? 'anywhere';
}
