/**
 * States that newer ones have replaced, but that the watch can still deliver. This process records a write when its handler returns. The
 * watch delivers the earlier states and the written state later. If they were shown, the view would jump back to an old state for a moment.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject } from '../../../stores/object-store.ts';

/** The state of a key, or undefined if no object exists under the key. */
export type KeyState = StoredObject | undefined;

/** The maximum number of states that are remembered for one key. */
const MAX_STATES_PER_KEY = 32;
/** The maximum number of keys with such states. Above it, the view may show an old state of the oldest key for a moment. */
const MAX_KEYS = 10_000;

/** The superseded states of one resource. */
export class SupersededStates {
  readonly #states = new Map<string, KeyState[]>();

  /** Adds a state that was replaced by one that the watch has not delivered yet. */
  add(key: string, state: KeyState): void {
    const states = this.#states.get(key) ?? [];
    this.#states.delete(key);
    this.#states.set(key, states);
    states.push(state);
    if (states.length > MAX_STATES_PER_KEY) states.shift();
    const [oldest] = this.#states.keys();
    if (this.#states.size > MAX_KEYS && oldest !== undefined) this.#states.delete(oldest);
  }

  /**
   * Removes a state that the watch delivers, and the states before it, which the watch can no longer deliver.
   * @param current the known state of the key
   * @returns whether the state was superseded. If not, it is newer than all superseded states of the key
   */
  remove(key: string, state: KeyState, current: KeyState): boolean {
    const states = this.#states.get(key);
    if (states === undefined) return false;
    const index = isDeepStrictEqual(state, current)
      ? -1
      : states.findIndex((candidate) => isDeepStrictEqual(candidate, state));
    if (index >= 0) states.splice(0, index + 1);
    if (index < 0 || states.length === 0) this.#states.delete(key);
    return index >= 0;
  }

  /** Forgets all states: a new watch begins with the current ones. */
  clear(): void {
    this.#states.clear();
  }
}
