/**
 * Finds the items whose ranges of hashes may contain a hash.
 *
 * It is a segment tree over the first 16 bits of hashes, as a map from the numbers of its nodes: node 1 covers all hashes, and nodes 2n and
 * 2n + 1 cover the halves of node n. A range is stored in at most 32 nodes, and a lookup reads the 17 nodes above a hash, so it does not cost
 * more with more items. At the two ends of a range, hashes just outside it find the item, too.
 * @module
 */

/** A range of hashes: from the first one, to the one after the last. */
export interface HashRange {
  readonly from: bigint;
  readonly to: bigint;
}

const BITS = 16n;
const LEAVES = 2 ** Number(BITS);
const SHIFT = 64n - BITS;
const LAST_OF_LEAF = (1n << SHIFT) - 1n;

/** An index of items by ranges of hashes. */
export class ShardIndex<T> {
  readonly #nodes = new Map<number, Set<T>>();

  /** Whether there are no items. */
  get isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  add(item: T, ranges: readonly HashRange[]): void {
    for (const node of nodesOf(ranges)) {
      const items = this.#nodes.get(node);
      if (items === undefined) this.#nodes.set(node, new Set([item]));
      else items.add(item);
    }
  }

  /** Deletes an item. The ranges are those with which it was added. */
  delete(item: T, ranges: readonly HashRange[]): void {
    for (const node of nodesOf(ranges)) {
      const items = this.#nodes.get(node);
      items?.delete(item);
      if (items?.size === 0) this.#nodes.delete(node);
    }
  }

  /** Adds the items that a hash may concern to `found`. */
  collect(hash: bigint, found: Set<T>): void {
    for (let node = Number(hash >> SHIFT) + LEAVES; node > 0; node >>>= 1) {
      for (const item of this.#nodes.get(node) ?? []) found.add(item);
    }
  }
}

/** Returns the nodes that cover the ranges, from the leaves up. */
function* nodesOf(ranges: readonly HashRange[]): Iterable<number> {
  for (const { from, to } of ranges) {
    let first = Number(from >> SHIFT) + LEAVES;
    let end = Number((to + LAST_OF_LEAF) >> SHIFT) + LEAVES;
    for (; first < end; first >>>= 1, end >>>= 1) {
      if (first % 2 === 1) yield first++;
      if (end % 2 === 1) yield --end;
    }
  }
}
