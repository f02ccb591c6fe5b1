/**
 * Sorted maps: `OrderedMap` for operators and reducers, and `OrderedIndex` for the rows of a view. Snapshots of the index are free.
 * @module
 */
import sortedBtree from 'sorted-btree';
import type { Leaf, LeafRange } from './leaf.ts';
import type { Row } from './row.ts';
import { RowTree } from './row-tree.ts';

// The package is CommonJS: its default export arrives as a property.
const BTree = sortedBtree.default;

/** A total order, as a comparison function for `sort`. */
export type Order<K> = (a: K, b: K) => number;

/**
 * The order of the keys of objects, by UTF-16 code units: `a-b/x` comes before `a/x`. kube-apiserver lists in the same order. It compares
 * bytes, but the two orders differ only for characters beyond the Basic Multilingual Plane, which names cannot contain.
 */
export const compareKeys: Order<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * A sorted map. Cost: O(log n) for get, set, delete and the first entry. It creates a tree with the second entry, because most groups have
 * only one.
 */
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

  /** The least key; undefined if the map is empty. */
  firstKey(): K | undefined {
    return this.#tree === undefined ? this.#only?.[0] : this.#tree.minKey();
  }

  /** The greatest key; undefined if the map is empty. */
  lastKey(): K | undefined {
    return this.#tree === undefined ? this.#only?.[0] : this.#tree.maxKey();
  }

  /** The first `count` entries in order. Cost: the number of entries returned. */
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

/** A change of one row. `before` is undefined if the row was added, `after` if it was deleted. */
export interface RowChange {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** An immutable state of all rows. */
export interface RowSnapshot {
  readonly size: number;
  get(key: string): Row | undefined;
  /**
   * Rows in the order of their keys.
   * @param namespace the namespace of the rows; `''` for all namespaces
   * @param start the range begins with the first key that is not less than `start`
   */
  range(namespace: string, start?: string): IterableIterator<Row>;
  /** The same rows as parts of leaves, none of which is empty. Cost: the number of leaves. */
  leaves(namespace: string, start?: string): IterableIterator<LeafRange>;
  /** The immutable parts that make up the rows of a namespace; see {@link RowTree.parts}. */
  parts(namespace: string): IterableIterator<object>;
  /** The number of rows in a {@link range}. Cost: O(log n). */
  count(namespace: string, start?: string): number;
  /** Returns the earlier state from which these changes, in order, led to this state. Cost: the number of changes. */
  before(changes: readonly (RowChange | undefined)[]): RowSnapshot;
}

/** The rows of a view in the order of their keys. */
export class OrderedIndex {
  #tree = RowTree.empty;

  get size(): number {
    return this.#tree.size;
  }

  get(key: string): Row | undefined {
    return this.#tree.get(key);
  }

  set(row: Row): void {
    this.#tree = this.#tree.with(row, retire);
  }

  delete(key: string): void {
    this.#tree = this.#tree.without(key, retire);
  }

  clear(): void {
    for (const { leaf } of this.#tree.leaves('', undefined)) leaf.retire();
    this.#tree = RowTree.empty;
  }

  /** The current rows. Cost: O(1). */
  snapshot(): RowSnapshot {
    return new TreeSnapshot(this.#tree);
  }
}

function retire(leaf: Leaf): void {
  leaf.retire();
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

  leaves(namespace: string, start?: string): IterableIterator<LeafRange> {
    return this.#tree.leaves(...bounds(namespace, start));
  }

  parts(namespace: string): IterableIterator<object> {
    return this.#tree.parts(...bounds(namespace, undefined));
  }

  *range(namespace: string, start?: string): IterableIterator<Row> {
    for (const { leaf, from, to } of this.leaves(namespace, start)) {
      for (let index = from; index < to; index += 1) {
        const row = leaf.rows[index];
        if (row !== undefined) yield row;
      }
    }
  }

  count(namespace: string, start?: string): number {
    const [low, high] = bounds(namespace, start);
    const end = high === undefined ? this.#tree.size : this.#tree.rank(high);
    return Math.max(0, end - this.#tree.rank(low));
  }

  before(changes: readonly (RowChange | undefined)[]): RowSnapshot {
    let tree = this.#tree;
    for (const change of changes.toReversed()) {
      if (change?.before !== undefined) tree = tree.with(change.before);
      else if (change?.after !== undefined) tree = tree.without(change.after.key);
    }
    for (const change of changes) this.#retireOwn(tree, change?.before ?? change?.after);
    return new TreeSnapshot(tree);
  }

  /** Retires the leaf of a row in an earlier tree, if this tree does not have it: few readers come, and they come once. */
  #retireOwn(earlier: RowTree, row: Row | undefined): void {
    const leaf = row && earlier.leafOf(row.key);
    if (leaf !== undefined && leaf !== this.#tree.leafOf(leaf.rows[0]?.key ?? '')) leaf.retire();
  }
}

/** Returns the first key of a range, and the key after its end. `0` is the character after `/`. */
function bounds(namespace: string, start: string | undefined): [low: string, high: string | undefined] {
  const low = namespace === '' ? '' : `${namespace}/`;
  const high = namespace === '' ? undefined : `${namespace}0`;
  return [start !== undefined && start > low ? start : low, high];
}
