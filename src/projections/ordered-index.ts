/**
 * Rows in the order of their keys, with snapshots that cost nothing to take.
 *
 * The order is that of upstream's storage keys: of the bytes of `namespace/name`, so `a-b/x` stands before `a/x`.
 * @module
 */
import sortedBtree from 'sorted-btree';
import type { Row } from './row.ts';

// The package is CommonJS: its default export arrives as a property.
const BTree = sortedBtree.default;
type RowTree = InstanceType<typeof BTree<string, Row>>;

const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A state of all rows that does not change. */
export interface RowSnapshot {
  readonly size: number;
  get(key: string): Row | undefined;
  /**
   * Rows in order of keys, of one namespace (`''`: of all), from the first key not less than `start` where given.
   */
  range(namespace: string, start?: string): IterableIterator<Row>;
  /** How many rows {@link range} would give. Cost: a step for every few dozen rows. */
  count(namespace: string, start?: string): number;
}

/** The live index of a view. */
export class OrderedIndex {
  #tree = new BTree<string, Row>(undefined, byKey);

  get size(): number {
    return this.#tree.size;
  }

  get(key: string): Row | undefined {
    return this.#tree.get(key);
  }

  set(row: Row): void {
    this.#tree.set(row.key, row);
  }

  delete(key: string): void {
    this.#tree.delete(key);
  }

  clear(): void {
    this.#tree = new BTree<string, Row>(undefined, byKey);
  }

  keys(): Iterable<string> {
    return this.#tree.keys();
  }

  /** The rows as they are now, for as long as the snapshot is kept. O(1): nodes are shared until one side changes them. */
  snapshot(): RowSnapshot {
    return new TreeSnapshot(this.#tree.clone());
  }
}

class TreeSnapshot implements RowSnapshot {
  readonly #tree: RowTree;

  constructor(tree: RowTree) {
    this.#tree = tree;
  }

  get size(): number {
    return this.#tree.size;
  }

  get(key: string): Row | undefined {
    return this.#tree.get(key);
  }

  *range(namespace: string, start?: string): IterableIterator<Row> {
    const [low, high] = bounds(namespace, start);
    for (const [key, row] of this.#tree.entries(low)) {
      if (high !== undefined && key >= high) return;
      yield row;
    }
  }

  count(namespace: string, start?: string): number {
    if (namespace === '' && start === undefined) return this.#tree.size;
    const [low, high = '\u{10FFFF}'] = bounds(namespace, start);
    return this.#tree.forRange(low, high, false);
  }
}

/** `0` is the character after `/`. */
function bounds(namespace: string, start: string | undefined): [low: string, high: string | undefined] {
  const low = namespace === '' ? '' : `${namespace}/`;
  const high = namespace === '' ? undefined : `${namespace}0`;
  return [start !== undefined && start > low ? start : low, high];
}
