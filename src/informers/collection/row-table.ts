/**
 * The rows of one step of a pipeline: what operators want done with them, and what that changes.
 * @module
 */
import type { Change, Delta, DerivedBatch } from './delta.ts';
import { guardedRow } from './purity.ts';
import type { RowErrors } from './row-errors.ts';
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
