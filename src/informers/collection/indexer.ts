/**
 * The named indices of a store. They always match its objects.
 * @module
 */

import { isForbiddenPromise } from './purity.ts';

/** Returns the values under which an index finds an object. An empty array keeps the object out of the index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Called when the function of an index throws. */
export type OnIndexError = (name: string, error: unknown) => void;

const NO_KEYS: ReadonlySet<string> = new Set();

/** Keys by value, for each named index. Cost of a change: the index values of the object. */
export class Indexer<T> {
  readonly #functions = new Map<string, IndexFunction<T>>();
  readonly #keys = new Map<string, Map<string, Set<string>>>();
  readonly #onError: OnIndexError;

  /** @param onError called when a function throws during {@link update}. The index then does not contain the object. */
  constructor(onError: OnIndexError) {
    this.#onError = onError;
  }

  /**
   * Adds an index and fills it with the objects in `entries`. If it throws, no index is added.
   * @throws Error if the name is in use
   * @throws the error of the function
   */
  add(name: string, values: IndexFunction<T>, entries: Iterable<readonly [string, T]>): void {
    if (this.#functions.has(name)) throw new Error(`an index named "${name}" exists already`);
    const index = new Map<string, Set<string>>();
    for (const [key, object] of entries) insert(index, key, requireValues(values(object)));
    this.#functions.set(name, values);
    this.#keys.set(name, index);
  }

  /**
   * The keys under a value.
   * @throws Error if there is no index of that name
   */
  keys(name: string, value: string): ReadonlySet<string> {
    const index = this.#keys.get(name);
    if (index === undefined) {
      throw new Error(`there is no index named "${name}"; add it with addIndex(collection, "${name}", …) first`);
    }
    return index.get(value) ?? NO_KEYS;
  }

  /** Replaces `old` by `object` under `key`. Pass undefined for `old` of an added object, and for `object` of a deleted one. */
  update(key: string, old: T | undefined, object: T | undefined): void {
    for (const [name, values] of this.#functions) {
      const index = this.#keys.get(name);
      if (index === undefined) continue;
      if (old !== undefined) remove(index, key, this.#valuesOf(name, values, old));
      if (object !== undefined) insert(index, key, this.#valuesOf(name, values, object));
    }
  }

  /** The values of an object; none if the function throws. */
  #valuesOf(name: string, values: IndexFunction<T>, object: T): readonly string[] {
    try {
      return requireValues(values(object));
    } catch (error) {
      this.#onError(name, error);
      return [];
    }
  }

  /** Removes all keys. The indices stay. */
  clear(): void {
    for (const index of this.#keys.values()) index.clear();
  }
}

function insert(index: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  for (const value of values) {
    const keys = index.get(value);
    if (keys === undefined) index.set(value, new Set([key]));
    else keys.add(key);
  }
}

function remove(index: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  for (const value of values) {
    const keys = index.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.delete(value);
  }
}

/** @throws TypeError if the function of an index did not return a list */
function requireValues(values: readonly string[]): readonly string[] {
  if (isForbiddenPromise(values)) throw new TypeError('it returned a promise; it must return a list of texts');
  if (!Array.isArray(values)) throw new TypeError(`it returned a value of type ${typeof values}, not a list of texts`);
  return values;
}
