/**
 * Objects by key, with named indices. Every write answers the delta it made, so that what is published and what is stored
 * cannot differ.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { Delta } from './delta.ts';
import { Indexer, type IndexFailed, type IndexFunction } from './indexer.ts';

/** A map of objects with indices. Cost of a write: a map write and the index values of the object. */
export class Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexer: Indexer<T>;

  /** @param indexFailed told when the function of an index throws for an object that is written */
  constructor(indexFailed: IndexFailed) {
    this.#indexer = new Indexer<T>(indexFailed);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
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

  /** Stores an object; undefined when it deep-equals what is there (which then stays). */
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

  /** Removes a key; undefined when there was nothing. The delta carries `last` where given, else what was stored. */
  delete(key: string, last?: T): Delta<T> | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    this.#indexer.update(key, old, undefined);
    return { type: 'DELETED', key, object: last ?? old };
  }

  /** Makes the store hold exactly `objects`, and answers the difference: deletions first, then the rest in the order given. */
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
