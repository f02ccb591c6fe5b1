/**
 * How the objects of two collections belong together: what `join` and `leftJoin` are told, and what they make of it.
 *
 * A {@link Match} is a description, shared by all subscriptions. Each subscription opens it and has a {@link Relation} of its own,
 * which holds keys only; the objects themselves are the operator's.
 * @module
 */

/** How many partners an object of the left collection can have. */
export type Cardinality = 'one' | 'many';

/** What a `leftJoin` gives for the partners of an object: one that may be missing, or all of them in order of their keys. */
export interface LeftPartners<S> {
  readonly one: S | undefined;
  readonly many: readonly S[];
}

/** What a `join` gives for the partners of an object: one, or all of them (at least one) in order of their keys. */
export interface InnerPartners<S> {
  readonly one: S;
  readonly many: readonly S[];
}

/** Which objects are partners, kept in step with both collections. Functions rather than methods: so types are checked both ways. */
export interface Relation<T, S> {
  /**
   * The left collection holds this under the key now; undefined: nothing. Of a key that is not known, undefined is ignored.
   * @throws whatever a user's function throws; then nothing has changed
   */
  readonly setLeft: (key: string, object: T | undefined) => void;
  /**
   * The right collection holds this under the key now; undefined: nothing. Adds to `affected` the keys of all left objects that it was
   * a partner of, or is one of now.
   * @throws whatever a user's function throws; then nothing has changed
   */
  readonly setRight: (key: string, object: S | undefined, affected: Set<string>) => void;
  /** Keys of the partners of a left object, each once, in no promised order. They may be of right objects that are not there. */
  readonly partnersOf: (leftKey: string) => Iterable<string>;
}

/** A way to match: made by `byName`, `rightOwnsLeft`, `leftOwnsRight`, `leftSelectsRight`, `rightSelectsLeft` and `byValues`. */
export interface Match<T, S, C extends Cardinality> {
  readonly cardinality: C;
  /** @param operator whose functions the user's are, for messages */
  readonly open: (operator: string) => Relation<T, S>;
}

/**
 * The key of the right object that belongs to a left one: `namespace/name`, or `name` for cluster-scoped objects. Undefined, null and
 * the empty string: there is none.
 */
export type KeyFunction<T> = (left: T) => string | null | undefined;
