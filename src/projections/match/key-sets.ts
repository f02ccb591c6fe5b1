/**
 * Sets of keys by value, and by label and value. They use little memory if most values have one key.
 * @module
 */

/** Keys by value. A set with one key is kept as that key alone. */
export class KeySets {
  readonly #keys = new Map<string, string | Set<string>>();

  /** The number of values that have keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** Returns the number of keys of a value. */
  count(value: string): number {
    const keys = this.#keys.get(value);
    if (keys === undefined) return 0;
    return typeof keys === 'string' ? 1 : keys.size;
  }

  /** Returns the keys of a value, in any order. The next change may change the result, so callers must not keep it. */
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

/** Keys by label and value. The maps are nested because any separator could occur in the value of a label. */
export class LabelPairs {
  readonly #labels = new Map<string, KeySets>();

  /** Returns the number of keys with any of the values. */
  count(label: string, values: readonly string[]): number {
    const keys = this.#labels.get(label);
    return keys === undefined ? 0 : values.reduce((sum, value) => sum + keys.count(value), 0);
  }

  /** Returns the keys with a label and value, in any order. Callers must not keep the result. */
  of(label: string, value: string): Iterable<string> {
    return this.#labels.get(label)?.of(value) ?? [];
  }

  add(label: string, value: string, key: string): void {
    let keys = this.#labels.get(label);
    if (keys === undefined) this.#labels.set(label, (keys = new KeySets()));
    keys.add(value, key);
  }

  delete(label: string, value: string, key: string): void {
    const keys = this.#labels.get(label);
    keys?.delete(value, key);
    if (keys?.size === 0) this.#labels.delete(label);
  }
}
