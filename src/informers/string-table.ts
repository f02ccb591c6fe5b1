/**
 * Shares equal strings between the objects of a source. Pods of one Deployment repeat their images, labels, paths and names of volumes, so
 * this takes a third of the memory of their objects away. V8 already shares the names of fields and short strings.
 *
 * The table is an array with one string for each hash of a few characters. A `Map` would hash all characters of all strings, which costs
 * five times as much and finds few more. Two different strings with one hash replace each other.
 * @module
 */

/** The lengths of shared strings. V8 shares shorter ones itself, and longer ones are rarely equal. */
const MIN_LENGTH = 11;
const MAX_LENGTH = 256;
/** The maximum number of strings; a power of two. */
const DEFAULT_SLOTS = 16_384;
/** The maximum depth at which strings are shared. */
const MAX_DEPTH = 64;

/** The strings that were read last. */
export class StringTable {
  readonly #slots: string[];

  /** @param slots the maximum number of strings; a power of two */
  constructor(slots: number = DEFAULT_SLOTS) {
    this.#slots = Array.from({ length: slots }, () => '');
  }

  /** Replaces strings of a JSON value by equal ones that were read before. Changes the value in place. */
  share(value: unknown, depth = 0): void {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        const item: unknown = value[index];
        if (typeof item === 'string') value[index] = this.shared(item);
        else this.share(item, depth + 1);
      }
      return;
    }
    const fields = value as Record<string, unknown>;
    // `for in` makes no array. JSON values inherit no enumerable fields.
    for (const name in fields) {
      const field = fields[name];
      if (typeof field === 'string') {
        if (field.length >= MIN_LENGTH) fields[name] = this.shared(field);
      } else if (typeof field === 'object') this.share(field, depth + 1);
    }
  }

  /** Returns an equal string that was read before, or the string itself. */
  shared(text: string): string {
    const { length } = text;
    if (length < MIN_LENGTH || length > MAX_LENGTH) return text;
    const slot = hashOf(text) & (this.#slots.length - 1);
    const known = this.#slots[slot];
    if (known === text) return known;
    this.#slots[slot] = text;
    return text;
  }
}

/** Returns a hash of the length and five characters. The ends of texts differ most. */
function hashOf(text: string): number {
  const { length } = text;
  let hash = Math.imul(length, 31) + text.charCodeAt(length - 1);
  hash = Math.imul(hash, 31) + text.charCodeAt(length - 4);
  hash = Math.imul(hash, 31) + text.charCodeAt(length - 7);
  hash = Math.imul(hash, 31) + text.charCodeAt(length >> 1);
  hash = Math.imul(hash, 31) + text.charCodeAt(length >> 2);
  return hash ^ (hash >>> 13);
}
