/**
 * Lookups that are remembered: what each row read of a collection, and which rows read what changed.
 *
 * State: for each row the keys it looked up, and back. Cost: of a change the rows that looked it up.
 * @module
 */
import type { Collection, Delta, Origin } from '../informers/collection/index.ts';
import { LookupError } from './errors.ts';
import { nodeOf } from '../informers/collection/collection-node.ts';

/** Reads a collection, for the row that is being made. */
export interface Lookup<T> {
  /** The object under a key, or undefined. The row is made anew whenever there is something else under that key. */
  get(key: string | undefined): T | undefined;
  /** All objects, sorted by key. The row is made anew whenever anything in the collection changes: mind the cost. */
  list(): readonly T[];
}

/** The lookups in one collection. */
export class TrackedLookup<T> implements Lookup<T> {
  readonly #collection: Collection<T>;
  /** The keys that each row looked up. */
  readonly #keysOf = new Map<string, ReadonlySet<string>>();
  readonly #readersOf = new Map<string, Set<string>>();
  /** Rows that depend on everything. */
  readonly #listers = new Set<string>();
  #reading: { readonly keys: Set<string>; list: boolean } | undefined;
  #sorted: readonly (readonly [string, T])[] | undefined;
  #list: readonly T[] | undefined;

  constructor(collection: Collection<T>) {
    this.#collection = collection;
  }

  get(key: string | undefined): T | undefined {
    const reading = this.#required();
    if (key === undefined) return undefined;
    reading.keys.add(key);
    return this.#collection.get(key);
  }

  list(): readonly T[] {
    this.#required().list = true;
    return (this.#list ??= Object.freeze(this.#entries().map(([, object]) => object)));
  }

  /** A row is going to be made. */
  begin(): void {
    this.#reading = { keys: new Set(), list: false };
  }

  /** The row of this key was made, or could not be: what it looked up is what it depends on now. */
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

  forget(row: string): void {
    this.#listers.delete(row);
    for (const key of this.#keysOf.get(row) ?? []) {
      const readers = this.#readersOf.get(key);
      readers?.delete(row);
      if (readers?.size === 0) this.#readersOf.delete(key);
    }
    this.#keysOf.delete(row);
  }

  /** The rows that looked up what has changed. */
  *affected(changes: readonly Delta<T>[]): Iterable<string> {
    if (changes.length === 0) return;
    this.#sorted = undefined;
    this.#list = undefined;
    yield* this.#listers;
    for (const { key } of changes) yield* this.#readersOf.get(key) ?? [];
  }

  /** The objects that a row looked up and that exist. */
  *originsOf(row: string): Iterable<Origin> {
    const keys = this.#listers.has(row) ? this.#entries().map(([key]) => key) : (this.#keysOf.get(row) ?? []);
    for (const key of keys) if (this.#collection.get(key) !== undefined) yield { collection: this.#collection, key };
  }

  #entries(): readonly (readonly [string, T])[] {
    return (this.#sorted ??= Array.from(nodeOf(this.#collection).entries()).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #required(): { readonly keys: Set<string>; list: boolean } {
    if (this.#reading === undefined) throw new LookupError(this.#collection.name);
    return this.#reading;
  }
}
