/**
 * Tracked lookups of `derive`: the keys that each row read from a collection, and the rows that read each key.
 *
 * State: the keys of each row, and the rows of each key. Cost of a change: the rows that read the changed key.
 * @module
 */
import type { Collection, Delta, Origin } from '../informers/collection/index.ts';
import { LookupError } from './errors.ts';
import { nodeOf } from '../informers/collection/collection-node.ts';

/** Reads from a collection while a row is made. */
export interface Lookup<T> {
  /** Returns the object with a key, or undefined. The row is recomputed when that object is added, changed or deleted. */
  get(key: string | undefined): T | undefined;
  /** Returns all objects, sorted by key. The row is recomputed at every change of the collection, which can be expensive. */
  list(): readonly T[];
}

/** The lookups of all rows in one collection. */
export class TrackedLookup<T> implements Lookup<T> {
  readonly #collection: Collection<T>;
  /** The keys that each row read. */
  readonly #keysOf = new Map<string, ReadonlySet<string>>();
  readonly #readersOf = new Map<string, Set<string>>();
  /** The rows that called `list()`. */
  readonly #listers = new Set<string>();
  #reading: { readonly keys: Set<string>; list: boolean } | undefined;
  #sorted: readonly (readonly [string, T])[] | undefined;
  #list: readonly T[] | undefined;

  constructor(collection: Collection<T>) {
    this.#collection = collection;
  }

  get(key: string | undefined): T | undefined {
    const reading = this.#requireReading();
    if (key === undefined) return undefined;
    reading.keys.add(key);
    return this.#collection.get(key);
  }

  list(): readonly T[] {
    this.#requireReading().list = true;
    return (this.#list ??= Object.freeze(this.#entries().map(([, object]) => object)));
  }

  /** Starts to record the lookups of a row. */
  begin(): void {
    this.#reading = { keys: new Set(), list: false };
  }

  /** Ends the recording. From now on the row depends on the recorded lookups, also if it could not be made. */
  end(row: string): void {
    const reading = this.#reading;
    this.#reading = undefined;
    this.forget(row);
    if (reading === undefined) return;
    if (reading.list) this.#listers.add(row);
    if (reading.keys.size === 0) return;
    this.#keysOf.set(row, reading.keys);
    for (const key of reading.keys) {
      const readers = this.#readersOf.get(key);
      if (readers === undefined) this.#readersOf.set(key, new Set([row]));
      else readers.add(row);
    }
  }

  /** Removes a row. */
  forget(row: string): void {
    this.#listers.delete(row);
    for (const key of this.#keysOf.get(row) ?? []) {
      const readers = this.#readersOf.get(key);
      readers?.delete(row);
      if (readers?.size === 0) this.#readersOf.delete(key);
    }
    this.#keysOf.delete(row);
  }

  /** Returns the rows that depend on the changed objects. */
  *affected(changes: readonly Delta<T>[]): Iterable<string> {
    if (changes.length === 0) return;
    this.#sorted = undefined;
    this.#list = undefined;
    yield* this.#listers;
    for (const { key } of changes) yield* this.#readersOf.get(key) ?? [];
  }

  /** Returns the existing objects that a row has read. */
  *originsOf(row: string): Iterable<Origin> {
    const keys = this.#listers.has(row) ? this.#entries().map(([key]) => key) : (this.#keysOf.get(row) ?? []);
    for (const key of keys) if (this.#collection.get(key) !== undefined) yield { collection: this.#collection, key };
  }

  #entries(): readonly (readonly [string, T])[] {
    return (this.#sorted ??= Array.from(nodeOf(this.#collection).entries()).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #requireReading(): { readonly keys: Set<string>; list: boolean } {
    if (this.#reading === undefined) throw new LookupError(this.#collection.name);
    return this.#reading;
  }
}
