/**
 * What went wrong in one step of a pipeline, by key.
 * @module
 */
import { inputError, KEPT_CAUSES, type RowError, rowError } from './errors.ts';

/** The errors of one step: rows that could not be made, and objects of inputs that were left out. */
export class RowErrors {
  readonly #collection: string;
  readonly #rows = new Map<string, RowError>();
  readonly #inputs = new Map<string, RowError>();

  constructor(collection: string) {
    this.#collection = collection;
  }

  get size(): number {
    return this.#rows.size + this.#inputs.size;
  }

  /** By key; where a row and an object of an input share a key, the row's. */
  get all(): ReadonlyMap<string, RowError> {
    return this.#inputs.size === 0 ? this.#rows : new Map([...this.#inputs, ...this.#rows]);
  }

  /** The row of this key could not be made. */
  fail(key: string, thrown: unknown): void {
    this.#rows.set(key, rowError(this.#collection, key, thrown, this.size < KEPT_CAUSES));
  }

  /** The row of this key could be made, or need not be. */
  succeed(key: string): void {
    this.#rows.delete(key);
  }

  /** The object of this key was left out. */
  fault(key: string, thrown: unknown): void {
    this.#inputs.set(key, inputError(this.#collection, key, thrown, this.size < KEPT_CAUSES));
  }

  /** The object of this key is no longer left out. */
  heal(key: string): void {
    this.#inputs.delete(key);
  }

  clear(): void {
    this.#rows.clear();
    this.#inputs.clear();
  }
}
