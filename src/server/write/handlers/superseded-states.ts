/**
 * States that newer ones have replaced, but that the watch may still deliver: a write is known when its handler returns, and the watch
 * delivers its state, and those before it, later. Without this memory the view would go back and forth.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject } from '../../../stores/object-store.ts';

/** A state of a key; undefined: no object. */
export type KeyState = StoredObject | undefined;

/** The maximum number of states that are remembered for one key. */
const MAX_STATES_PER_KEY = 32;
/** The maximum number of keys with such states. Beyond it, the view may show an old state of the oldest key for a moment. */
const MAX_KEYS = 10_000;

/** See the top of this file. */
export class SupersededStates {
  readonly #states = new Map<string, KeyState[]>();

  /** Remembers a state that was replaced by one that the watch has not delivered yet. */
  add(key: string, state: KeyState): void {
    const states = this.#states.get(key) ?? [];
    this.#states.delete(key);
    this.#states.set(key, states);
    states.push(state);
    if (states.length > MAX_STATES_PER_KEY) states.shift();
    const [oldest] = this.#states.keys();
    if (this.#states.size > MAX_KEYS && oldest !== undefined) this.#states.delete(oldest);
  }

  /** Whether a state that the watch delivers was replaced before. The states that follow it are newer. */
  includes(key: string, state: KeyState, current: KeyState): boolean {
    const states = this.#states.get(key);
    if (states === undefined) return false;
    const index = isDeepStrictEqual(state, current) ? -1 : states.findIndex((one) => isDeepStrictEqual(one, state));
    if (index >= 0) states.splice(0, index + 1);
    if (index < 0 || states.length === 0) this.#states.delete(key);
    return index >= 0;
  }

  /** Forgets all states: a new watch begins with the current ones. */
  clear(): void {
    this.#states.clear();
  }
}
