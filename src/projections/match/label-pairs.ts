/**
 * Keys by label and value.
 * @module
 */
import { KeySets } from './key-sets.ts';

/** Keys by pairs of a label and its value. Nested rather than joined: a label's value may hold any text. */
export class LabelPairs {
  readonly #labels = new Map<string, KeySets>();

  /** How many keys there are under any of the values. */
  count(label: string, values: readonly string[]): number {
    const keys = this.#labels.get(label);
    return keys === undefined ? 0 : values.reduce((sum, value) => sum + keys.count(value), 0);
  }

  /** The keys under a pair, in no promised order. Not to be kept. */
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
