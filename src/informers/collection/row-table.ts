/**
 * The rows of one step of a pipeline: what operators want done with them, and what that changes.
 * @module
 */
import type { Change, Delta, DerivedBatch } from './delta.ts';
import { inputError, KEPT_CAUSES, type RowError, rowError } from './errors.ts';
import { guardedRow } from './purity.ts';
import type { Store } from './store.ts';
import { unreachable } from '../../unreachable.ts';

/** What the answers of one tick changed. */
export interface RowChanges<R> {
  readonly deltas: Delta<R>[];
  /** Keys of rows that are others than before; see {@link Change}. */
  readonly recreated: readonly string[];
}

/** Rows and their errors. */
export class RowTable<R> {
  readonly #store: Store<R>;
  readonly #errors: RowErrors;

  constructor(store: Store<R>, errors: RowErrors) {
    this.#store = store;
    this.#errors = errors;
  }

  /**
   * Does what the answers of one tick say; of several changes of a key the last.
   * @param failed told when reading an answer throws; what had been read is done
   */
  apply(answers: readonly DerivedBatch<R>[], failed: (error: unknown) => void): RowChanges<R> {
    const last = new Map<string, Change<R>>();
    try {
      for (const answer of answers) {
        for (const change of answer.changes) {
          if (change.type === 'FAULT') this.#errors.fault(change.key, change.error);
          else if (change.type === 'HEAL') this.#errors.heal(change.key);
          else last.set(change.key, change);
        }
      }
    } catch (error) {
      failed(error);
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

  /** A change that cannot be applied is the error of its row, and of no other. */
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
        if (change.object === undefined) throw new TypeError('an operator has put undefined');
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
        return undefined; // noted already: they are of no row
      default:
        return unreachable(change);
    }
  }
}

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
