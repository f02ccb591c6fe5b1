/**
 * Sets of keys by value: an index that costs little where most values have one key.
 * @module
 */

/** Keys by value. A set with one key is kept as the key alone. */
export class KeySets {
  readonly #keys = new Map<string, string | Set<string>>();

  /** How many values have keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** How many keys a value has. */
  count(value: string): number {
    const keys = this.#keys.get(value);
    if (keys === undefined) return 0;
    return typeof keys === 'string' ? 1 : keys.size;
  }

  /** The keys of a value, in no promised order. Not to be kept: the next change may change it. */
  of(value: string): Iterable<string> {
    const keys = this.#keys.get(value);
    if (keys === undefined) return [];
    return typeof keys === 'string' ? [keys] : keys;
  }

  add(value: string, key: string): void {
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, key);
    else if (typeof keys !== 'string') keys.add(key);
    else if (keys !== key) this.#keys.set(value, new Set([keys, key]));
  }

  delete(value: string, key: string): void {
    const keys = this.#keys.get(value);
    if (keys === key) this.#keys.delete(value);
    if (keys === undefined || typeof keys === 'string') return;
    keys.delete(key);
    const [only] = keys;
    if (keys.size === 1 && only !== undefined) this.#keys.set(value, only);
  }
}
