/**
 * The namespaces that have rows, in the order in which they got their first row. A namespace that has lost all rows and gets new ones counts
 * as new.
 *
 * State: one number for each namespace. Cost: one lookup for each row that is added or deleted.
 * @module
 */

interface NamespaceRows {
  /** The number of the namespace: how many namespaces were new up to it. */
  readonly number: number;
  rows: number;
}

/** The namespaces of the rows of a view. */
export class RowNamespaces {
  readonly #namespaces = new Map<string, NamespaceRows>();
  #newest = 0;

  /** The number of the newest namespace. It never decreases. */
  get newest(): number {
    return this.#newest;
  }

  /** The namespaces that have rows now. */
  get names(): IterableIterator<string> {
    return this.#namespaces.keys();
  }

  /** Returns the namespaces after a number that still have rows. */
  after(number: number): string[] {
    return Array.from(this.#namespaces).flatMap(([name, known]) => (known.number > number ? [name] : []));
  }

  /** Counts a new row. */
  add(namespace: string): void {
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) known.rows += 1;
    else this.#namespaces.set(namespace, { number: (this.#newest += 1), rows: 1 });
  }

  /** Counts a deleted row. */
  delete(namespace: string): void {
    const known = this.#namespaces.get(namespace);
    if (known === undefined) return;
    known.rows -= 1;
    if (known.rows === 0) this.#namespaces.delete(namespace);
  }

  clear(): void {
    this.#namespaces.clear();
  }
}
