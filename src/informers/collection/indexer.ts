/**
 * Named indices over a store, always in step with it.
 * @module
 */

/** The values under which an object is found in an index; an empty array: not at all. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Takes note that the function of an index threw. */
export type IndexFailed = (name: string, error: unknown) => void;

const NOTHING: ReadonlySet<string> = new Set();

/** Keys by value, for each named index. Cost of a change: the values of the object, in each index. */
export class Indexer<T> {
  readonly #functions = new Map<string, IndexFunction<T>>();
  readonly #keys = new Map<string, Map<string, Set<string>>>();
  readonly #failed: IndexFailed;

  /** @param failed told when a function throws during {@link update}; the object is then not found in that index */
  constructor(failed: IndexFailed) {
    this.#failed = failed;
  }

  /**
   * Adds an index over the objects given.
   * @throws Error when there is one of that name, and whatever the function throws; then nothing is added
   */
  add(name: string, values: IndexFunction<T>, entries: Iterable<readonly [string, T]>): void {
    if (this.#functions.has(name)) throw new Error(`there is an index named "${name}" already`);
    const index = new Map<string, Set<string>>();
    for (const [key, object] of entries) insert(index, key, values(object));
    this.#functions.set(name, values);
    this.#keys.set(name, index);
  }

  /**
   * The keys found under a value.
   * @throws Error when there is no index of that name
   */
  keys(name: string, value: string): ReadonlySet<string> {
    const index = this.#keys.get(name);
    if (index === undefined) {
      throw new Error(`there is no index named "${name}"; add it with addIndex("${name}", …) first`);
    }
    return index.get(value) ?? NOTHING;
  }

  /** Takes note that `key` held `old` (undefined: nothing) and holds `object` now (undefined: nothing). */
  update(key: string, old: T | undefined, object: T | undefined): void {
    for (const [name, values] of this.#functions) {
      const index = this.#keys.get(name);
      if (index === undefined) continue;
      if (old !== undefined) remove(index, key, this.#valuesOf(name, values, old));
      if (object !== undefined) insert(index, key, this.#valuesOf(name, values, object));
    }
  }

  /** An object for which the function throws is under no value, and so was never put under one either. */
  #valuesOf(name: string, values: IndexFunction<T>, object: T): readonly string[] {
    try {
      return values(object);
    } catch (error) {
      this.#failed(name, error);
      return [];
    }
  }

  /** Forgets all keys; the indices stay. */
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
