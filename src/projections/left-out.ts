/**
 * The objects of an input that an operator left out because a user's function threw for them.
 * @module
 */
import type { Change } from '../informers/collection/index.ts';

type Note = Extract<Change<never>, { readonly type: 'FAULT' | 'HEAL' }>;

/** Keys of objects that are left out, and what has not been said of them. State: a key for each. */
export class LeftOut {
  readonly #keys = new Set<string>();
  #notes: Note[] = [];

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string, error: unknown): void {
    this.#keys.add(key);
    this.#notes.push({ type: 'FAULT', key, error });
  }

  /** It is no longer left out, or gone. Nothing when it was not. */
  delete(key: string): void {
    if (this.#keys.delete(key)) this.#notes.push({ type: 'HEAL', key });
  }

  /** What is to be told since the last call, in order. */
  take(): readonly Note[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }
}
