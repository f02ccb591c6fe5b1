/**
 * States that a watch may still tell of, though newer ones are known: a write is known when its handler answers, and the watch tells of it,
 * and of what was before it, when it comes to that. Shown again, the view would go back and forth.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject } from '../../../stores/object-store.ts';

/** A state of a key; undefined: there was nothing. */
export type KeyState = StoredObject | undefined;

/** States of one key that are remembered at most. */
const MOST_OF_A_KEY = 32;
/** Keys with such states at most: beyond, the view of the oldest may go back and forth. */
const MOST_KEYS = 10_000;

/** See the top of this file. */
export class Echoes {
  readonly #superseded = new Map<string, KeyState[]>();

  /** A state was replaced by one that the watch has not told of. */
  superseded(key: string, state: KeyState): void {
    const states = this.#superseded.get(key) ?? [];
    this.#superseded.delete(key);
    this.#superseded.set(key, states);
    states.push(state);
    if (states.length > MOST_OF_A_KEY) states.shift();
    const [oldest] = this.#superseded.keys();
    if (this.#superseded.size > MOST_KEYS && oldest !== undefined) this.#superseded.delete(oldest);
  }

  /** Whether what the watch tells was superseded already. What it tells from there on is newer. */
  isEcho(key: string, state: KeyState, current: KeyState): boolean {
    const states = this.#superseded.get(key);
    if (states === undefined) return false;
    const index = isDeepStrictEqual(state, current) ? -1 : states.findIndex((one) => isDeepStrictEqual(one, state));
    if (index >= 0) states.splice(0, index + 1);
    if (index < 0 || states.length === 0) this.#superseded.delete(key);
    return index >= 0;
  }

  /** What a new watch tells first is read now. */
  clear(): void {
    this.#superseded.clear();
  }
}
