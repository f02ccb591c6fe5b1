/**
 * Rows in the order of their keys, with snapshots that cost nothing to take.
 *
 * The order is that of upstream's storage keys: of the bytes of `namespace/name`, so `a-b/x` stands before `a/x`. (Strings are
 * compared by UTF-16 units, which differs from bytes for characters beyond the Basic Multilingual Plane only; names have none.)
 * @module
 */
import sortedBtree from 'sorted-btree';
import type { Row } from './row.ts';

// The package is CommonJS: its default export arrives as a property.
const BTree = sortedBtree.default;
type RowTree = InstanceType<typeof BTree<string, Row>>;

const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A row that became another; undefined: there was, or is, none. */
export interface RowChange {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

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
  /** The state before these changes, which led to this one in the order given. Cost: the changes. */
  before(changes: readonly (RowChange | undefined)[]): RowSnapshot;
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
    const [low, high] = bounds(namespace, start);
    if (high === undefined) return this.#tree.size - this.#tree.forRange('', low, false);
    return low < high ? this.#tree.forRange(low, high, false) : 0;
  }

  before(changes: readonly (RowChange | undefined)[]): RowSnapshot {
    const tree = this.#tree.clone();
    for (const change of changes.toReversed()) {
      if (change?.before !== undefined) tree.set(change.before.key, change.before);
      else if (change?.after !== undefined) tree.delete(change.after.key);
    }
    return new TreeSnapshot(tree);
  }
}

/** `0` is the character after `/`. */
function bounds(namespace: string, start: string | undefined): [low: string, high: string | undefined] {
  const low = namespace === '' ? '' : `${namespace}/`;
  const high = namespace === '' ? undefined : `${namespace}0`;
  return [start !== undefined && start > low ? start : low, high];
}
