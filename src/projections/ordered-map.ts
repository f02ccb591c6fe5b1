/**
 * A map in the order of its keys that costs next to nothing while it has one entry, as most groups have.
 * @module
 */
import sortedBtree from 'sorted-btree';
import type { Row } from './row.ts';

// The package is CommonJS: its default export arrives as a property.
const BTree = sortedBtree.default;

/** Less than zero, zero or more, like for `sort`. A total order. */
export type Order<K> = (a: K, b: K) => number;

/** The order of keys of objects: that of their UTF-16 units, which for names is that of their bytes. */
export const byKey: Order<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** A sorted map. Cost: O(log n) for get, set, delete and the first entry. A tree from the second entry on. */
export class OrderedMap<K, V> {
  readonly #order: Order<K>;
  #only: readonly [K, V] | undefined;
  #tree: InstanceType<typeof BTree<K, V>> | undefined;

  constructor(order: Order<K>) {
    this.#order = order;
  }

  get size(): number {
    return this.#tree?.size ?? (this.#only === undefined ? 0 : 1);
  }

  get(key: K): V | undefined {
    if (this.#tree !== undefined) return this.#tree.get(key);
    return this.#only !== undefined && this.#order(this.#only[0], key) === 0 ? this.#only[1] : undefined;
  }

  set(key: K, value: V): void {
    if (this.#tree === undefined) {
      if (this.#only === undefined || this.#order(this.#only[0], key) === 0) {
        this.#only = [key, value];
        return;
      }
      this.#tree = new BTree<K, V>(undefined, this.#order);
      this.#tree.set(...this.#only);
      this.#only = undefined;
    }
    this.#tree.set(key, value);
  }

  delete(key: K): void {
    if (this.#tree === undefined) {
      if (this.#only !== undefined && this.#order(this.#only[0], key) === 0) this.#only = undefined;
      return;
    }
    this.#tree.delete(key);
    if (this.#tree.size === 0) this.#tree = undefined;
  }

  /** The least key; undefined when there is none. */
  firstKey(): K | undefined {
    return this.#tree === undefined ? this.#only?.[0] : this.#tree.minKey();
  }

  /** The greatest key; undefined when there is none. */
  lastKey(): K | undefined {
    return this.#tree === undefined ? this.#only?.[0] : this.#tree.maxKey();
  }

  /** The first entries in order, as many as there are up to `count`. Cost: as many. */
  first(count: number): (readonly [K, V])[] {
    const entries: (readonly [K, V])[] = [];
    for (const entry of this.entries()) {
      entries.push(entry);
      if (entries.length === count) break;
    }
    return entries;
  }

  /** Entries in the order of their keys. */
  entries(): Iterable<readonly [K, V]> {
    if (this.#tree !== undefined) return this.#tree.entries();
    return this.#only === undefined ? [] : [this.#only];
  }

  /** Keys in order. */
  keys(): K[] {
    return Array.from(this.entries(), ([key]) => key);
  }

  /** Values in the order of their keys. */
  values(): V[] {
    return Array.from(this.entries(), ([, value]) => value);
  }
}

type RowTree = InstanceType<typeof BTree<string, Row>>;

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
