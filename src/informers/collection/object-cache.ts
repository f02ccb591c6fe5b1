/**
 * Objects by key, with named indices. Each write returns its delta, so that the emitted changes always match the stored objects.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { Delta } from './delta.ts';
import { Indexer, type OnIndexError, type IndexFunction } from './indexer.ts';

/** A map of objects with indices. Cost of a write: one write to the map, and the index values of the object. */
export class ObjectCache<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexer: Indexer<T>;

  /** @param onIndexError called if the function of an index throws for an object that is written */
  constructor(onIndexError: OnIndexError) {
    this.#indexer = new Indexer<T>(onIndexError);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Keys and objects, in no promised order. */
  entries(): IterableIterator<[string, T]> {
    return this.#objects.entries();
  }

  /** The objects, in no promised order. */
  list(): T[] {
    return Array.from(this.#objects.values());
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.#indexer.add(name, values, this.#objects);
  }

  /** The objects under a value of a named index. */
  byIndex(name: string, value: string): T[] {
    const found: T[] = [];
    for (const key of this.#indexer.keys(name, value)) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Stores an object. Returns undefined if it deep-equals the stored object, which then stays. */
  put(key: string, object: T): Delta<T> | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) {
      this.#set(key, undefined, object);
      return { type: 'ADDED', key, object };
    }
    if (old === object || isDeepStrictEqual(old, object)) return undefined;
    this.#set(key, old, object);
    return { type: 'MODIFIED', key, object, old };
  }

  /**
   * Removes an object. Returns undefined if there is no object under the key.
   * @param last the object of the delta. Default: the stored object
   */
  delete(key: string, last?: T): Delta<T> | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    this.#indexer.update(key, old, undefined);
    return { type: 'DELETED', key, object: last ?? old };
  }

  /** Replaces all objects. Returns the difference: the deletions first, then the other changes in the order of `objects`. */
  replace(objects: ReadonlyMap<string, T>): Delta<T>[] {
    const deltas: Delta<T>[] = [];
    for (const key of Array.from(this.#objects.keys())) {
      if (objects.has(key)) continue;
      const delta = this.delete(key);
      if (delta !== undefined) deltas.push(delta);
    }
    for (const [key, object] of objects) {
      const delta = this.put(key, object);
      if (delta !== undefined) deltas.push(delta);
    }
    return deltas;
  }

  clear(): void {
    this.#objects.clear();
    this.#indexer.clear();
  }

  #set(key: string, old: T | undefined, object: T): void {
    this.#objects.set(key, object);
    this.#indexer.update(key, old, object);
  }
}
