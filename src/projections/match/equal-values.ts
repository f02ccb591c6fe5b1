/**
 * Matches of objects that have a value in common: `byValues`, and the relation that all matches by keys, owners and values use.
 *
 * State: the values of each object, and the keys on both sides for each value. Cost of a change: the values of the object, and the
 * objects of the other side that have one of them.
 * @module
 */
import { pure } from '../../informers/collection/purity.ts';
import { type Values, valuesFrom } from '../results.ts';
import { KeySets } from './key-sets.ts';
import type { Match, Relation } from './match.ts';

/** Returns the values of an object, each once. */
export type ValuesOf<T> = (key: string, object: T) => readonly string[];

const NONE: readonly string[] = [];

/**
 * Matches all right objects that have a value in common with the left object, in any namespace. Each function returns one value, several
 * values, or no value (undefined, null, an empty array or an empty string).
 * @example
 * nodes.pipe(
 *   leftJoin(pods, byValues((node) => node.metadata?.name, (pod) => pod.spec?.nodeName), (node, running) => ({
 *     metadata: identity(node),
 *     pods: running.length,
 *   })),
 * );
 */
export function byValues<T, S>(
  leftValues: (left: T) => Values,
  rightValues: (right: S) => Values,
): Match<T, S, 'many'> {
  return {
    cardinality: 'many',
    open(operator) {
      const left = pure(operator, leftValues);
      const right = pure(operator, rightValues);
      return equalRelation<T, S>(
        (_, object) => valuesFrom(left(object)),
        (_, object) => valuesFrom(right(object)),
      );
    },
  };
}

/** Makes a relation of objects that have a value in common. */
export function equalRelation<T, S>(leftValues: ValuesOf<T>, rightValues: ValuesOf<S>): Relation<T, S> {
  const left = new Side(leftValues);
  const right = new Side(rightValues);
  return {
    setLeft(key, object) {
      left.set(key, object);
    },
    setRight(key, object, affected) {
      const [before, now] = right.set(key, object);
      for (const value of before) for (const leftKey of left.keysOf(value)) affected.add(leftKey);
      if (now === before) return;
      for (const value of now) for (const leftKey of left.keysOf(value)) affected.add(leftKey);
    },
    partnersOf(leftKey) {
      const values = left.valuesOf(leftKey);
      const [only] = values;
      if (only === undefined) return NONE;
      if (values.length === 1) return right.keysOf(only);
      const partners = new Set<string>();
      for (const value of values) for (const key of right.keysOf(value)) partners.add(key);
      return partners;
    },
  };
}

/** The objects of one side, by their values. */
class Side<T> {
  readonly #valuesOf: ValuesOf<T>;
  readonly #values = new Map<string, readonly string[]>();
  readonly #keys = new KeySets();

  constructor(valuesOf: ValuesOf<T>) {
    this.#valuesOf = valuesOf;
  }

  valuesOf(key: string): readonly string[] {
    return this.#values.get(key) ?? NONE;
  }

  keysOf(value: string): Iterable<string> {
    return this.#keys.of(value);
  }

  /** Returns the values before and now. Computes the new values first, because the user's function may throw. */
  set(key: string, object: T | undefined): readonly [readonly string[], readonly string[]] {
    const values = object === undefined ? NONE : this.#valuesOf(key, object);
    const before = this.valuesOf(key);
    if (isSame(before, values)) return [before, before];
    for (const value of before) this.#keys.delete(value, key);
    for (const value of values) this.#keys.add(value, key);
    if (values.length === 0) this.#values.delete(key);
    else this.#values.set(key, values);
    return [before, values];
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
