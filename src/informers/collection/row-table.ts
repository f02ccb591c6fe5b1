/**
 * The rows of one step of a pipeline and their errors. Applies the changes that the operator emits.
 * @module
 */
import type { Change, Delta, DerivedBatch } from './delta.ts';
import { inputError, MAX_KEPT_CAUSES, type RowError, rowError } from './errors.ts';
import { guardedRow } from './purity.ts';
import type { ObjectCache } from './object-cache.ts';
import { unreachable } from '../../unreachable.ts';

/** The differences that the batches of one tick made. */
export interface RowChanges<R> {
  readonly deltas: Delta<R>[];
  /** The keys of rows with another identity than before; see {@link Change}. */
  readonly recreated: readonly string[];
}

/** Rows and their errors. */
export class RowTable<R> {
  readonly #store: ObjectCache<R>;
  readonly #errors: RowErrors;

  constructor(store: ObjectCache<R>, errors: RowErrors) {
    this.#store = store;
    this.#errors = errors;
  }

  /**
   * Applies the batches of one tick. The last change of a key wins.
   * @param onError called if reading a batch throws. The changes read before are applied.
   */
  apply(batches: readonly DerivedBatch<R>[], onError: (error: unknown) => void): RowChanges<R> {
    const last = new Map<string, Change<R>>();
    try {
      for (const batch of batches) {
        for (const change of batch.changes) {
          if (change.type === 'FAULT') this.#errors.fault(change.key, change.error);
          else if (change.type === 'HEAL') this.#errors.heal(change.key);
          else last.set(change.key, change);
        }
      }
    } catch (error) {
      onError(error);
    }
    const deltas: Delta<R>[] = [];
    const recreated: string[] = [];
    for (const change of last.values()) {
      const delta = this.#attempt(change);
      if (delta !== undefined) deltas.push(delta);
      if (change.type === 'PUT' && change.recreated === true) recreated.push(change.key);
    }
    return { deltas, recreated };
  }

  /** Applies a change. If that throws, the row has failed; other rows are not affected. */
  #attempt(change: Change<R>): Delta<R> | undefined {
    try {
      return this.#apply(change);
    } catch (error) {
      return this.#apply({ type: 'FAIL', key: change.key, error });
    }
  }

  #apply(change: Change<R>): Delta<R> | undefined {
    switch (change.type) {
      case 'PUT':
        if (change.object === undefined)
          throw new TypeError('an operator emitted a PUT without an object; emit REMOVE to remove a row');
        this.#errors.succeed(change.key);
        return this.#store.put(change.key, guardedRow(change.object));
      case 'REMOVE':
        this.#errors.succeed(change.key);
        return this.#store.delete(change.key);
      case 'FAIL':
        this.#errors.fail(change.key, change.error);
        return this.#store.delete(change.key);
      case 'FAULT':
      case 'HEAL':
        return undefined; // recorded already; they change no row
      default:
        return unreachable(change);
    }
  }
}

/** The errors of one step: rows that could not be made, and input objects that were left out. */
export class RowErrors {
  readonly #collection: string;
  readonly #onError: (error: RowError) => void;
  readonly #rows = new Map<string, RowError>();
  readonly #inputs = new Map<string, RowError>();

  /** @param onError receives each error when it is recorded. It must not throw. */
  constructor(collection: string, onError: (error: RowError) => void) {
    this.#collection = collection;
    this.#onError = onError;
  }

  get size(): number {
    return this.#rows.size + this.#inputs.size;
  }

  /** All errors by key. If a row and an input object have the same key, the error of the row. */
  get all(): ReadonlyMap<string, RowError> {
    return this.#inputs.size === 0 ? this.#rows : new Map([...this.#inputs, ...this.#rows]);
  }

  /** Records that the row of this key could not be made. */
  fail(key: string, thrown: unknown): void {
    this.#record(this.#rows, rowError(this.#collection, key, thrown, this.size < MAX_KEPT_CAUSES));
  }

  /** Removes the error of the row of this key. */
  succeed(key: string): void {
    this.#rows.delete(key);
  }

  /** Records that the input object of this key was left out. */
  fault(key: string, thrown: unknown): void {
    this.#record(this.#inputs, inputError(this.#collection, key, thrown, this.size < MAX_KEPT_CAUSES));
  }

  /** Removes the error of the input object of this key. */
  heal(key: string): void {
    this.#inputs.delete(key);
  }

  clear(): void {
    this.#rows.clear();
    this.#inputs.clear();
  }

  #record(errors: Map<string, RowError>, error: RowError): void {
    errors.set(error.key, error);
    this.#onError(error);
  }
}
