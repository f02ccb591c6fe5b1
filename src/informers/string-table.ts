/**
 * Shares equal strings between the objects of a source. Pods of one Deployment repeat their images, labels, paths and names of volumes, so
 * this halves the memory of their objects. V8 already shares the names of fields and short strings.
 * @module
 */

/** The lengths of shared strings. V8 shares shorter ones itself, and longer ones are rarely equal. */
const MIN_LENGTH = 11;
const MAX_LENGTH = 256;
/** The maximum number of strings in each of the two generations. */
const GENERATION = 16_384;
/** The maximum depth at which strings are shared. */
const MAX_DEPTH = 64;

/** The strings that were read last. */
export class StringTable {
  readonly #generation: number;
  #recent = new Map<string, string>();
  #older = new Map<string, string>();

  constructor(generation: number = GENERATION) {
    this.#generation = generation;
  }

  /** The number of strings in the table. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /** Replaces strings of a JSON value by equal ones that were read before. Changes the value in place. */
  share(value: unknown, depth = 0): void {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        const item: unknown = value[index];
        if (typeof item === 'string') value[index] = this.#shared(item);
        else this.share(item, depth + 1);
      }
      return;
    }
    const fields = value as Record<string, unknown>;
    // `for in` makes no array. JSON values inherit no enumerable fields.
    for (const name in fields) {
      const field = fields[name];
      if (typeof field === 'string') {
        if (field.length >= MIN_LENGTH) fields[name] = this.#shared(field);
      } else if (typeof field === 'object') this.share(field, depth + 1);
    }
  }

  #shared(text: string): string {
    if (text.length < MIN_LENGTH || text.length > MAX_LENGTH) return text;
    const recent = this.#recent.get(text);
    if (recent !== undefined) return recent;
    const known = this.#older.get(text) ?? text;
    if (this.#recent.size >= this.#generation) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(known, known);
    return known;
  }
}
