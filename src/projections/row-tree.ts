/**
 * The rows of a view in the order of their keys: a persistent B+tree that counts its rows. A change copies one leaf and the path to it, so
 * every earlier root is a snapshot for free.
 *
 * ```
 *              inner: size, bytes, first keys of its children
 *             ╱          │          ╲
 *          leaf        leaf         leaf     64 rows or 64 KiB at most
 * ```
 * @module
 */
import { Leaf, type LeafRange, MAX_LEAF_ROWS } from './leaf.ts';
import type { Row } from './row.ts';

export type { Leaf, LeafRange } from './leaf.ts';

/** The maximum number of children of an inner node. */
const MAX_CHILDREN = MAX_LEAF_ROWS;
/** The maximum size of a leaf with several rows: the bytes of their JSON. */
const MAX_LEAF_BYTES = 64 * 1024;
/** A node that is smaller than this share of its maximum is merged with a neighbour, if both fit into one node. */
const MIN_SHARE = 1 / 4;

interface Inner {
  readonly children: readonly Node[];
  /** The first key below each child. */
  readonly firsts: readonly string[];
  readonly size: number;
  readonly bytes: number;
}

type Node = Leaf | Inner;

/** Receives each leaf that a change replaces. */
export type Replaced = (leaf: Leaf) => void;

const ignore: Replaced = () => undefined;

/** An immutable set of rows with different keys. */
export class RowTree {
  static readonly empty = new RowTree(undefined);
  readonly #root: Node | undefined;

  private constructor(root: Node | undefined) {
    this.#root = root;
  }

  get size(): number {
    return this.#root?.size ?? 0;
  }

  /** The bytes of the JSON of all rows. */
  get bytes(): number {
    return this.#root?.bytes ?? 0;
  }

  get(key: string): Row | undefined {
    const leaf = this.leafOf(key);
    const row = leaf?.rows[rowFrom(leaf, key)];
    return row?.key === key ? row : undefined;
  }

  /** The leaf that contains a key, or would contain it; undefined if the tree is empty. */
  leafOf(key: string): Leaf | undefined {
    let node = this.#root;
    while (node !== undefined && !isLeaf(node)) node = node.children[childOf(node, key)];
    return node;
  }

  /** Returns a tree with this row, which replaces a row with the same key. Cost: O(log n). */
  with(row: Row, replaced: Replaced = ignore): RowTree {
    const nodes = this.#root === undefined ? [new Leaf([row])] : withRow(this.#root, row, replaced);
    return new RowTree(rootOf(nodes));
  }

  /** Returns a tree without the row with this key. Cost: O(log n). */
  without(key: string, replaced: Replaced = ignore): RowTree {
    if (this.#root === undefined) return this;
    let root = withoutKey(this.#root, key, replaced);
    if (root === this.#root) return this;
    while (root !== undefined && !isLeaf(root) && root.children.length === 1) root = root.children[0];
    return new RowTree(root);
  }

  /** The number of rows whose keys are less than this one. Cost: O(log n). */
  rank(key: string): number {
    let rank = 0;
    let node = this.#root;
    while (node !== undefined && !isLeaf(node)) {
      const index = childOf(node, key);
      for (let before = 0; before < index; before += 1) rank += node.children[before]?.size ?? 0;
      node = node.children[index];
    }
    return node === undefined ? 0 : rank + rowFrom(node, key);
  }

  /** The row with this rank; undefined if the tree has fewer rows. Cost: O(log n). */
  at(rank: number): Row | undefined {
    let rest = rank;
    let node = rank < 0 ? undefined : this.#root;
    while (node !== undefined && !isLeaf(node)) {
      node = node.children.find((child) => {
        if (rest < child.size) return true;
        rest -= child.size;
        return false;
      });
    }
    return node?.rows[rest];
  }

  /** The parts of leaves with keys from `low` to before `high`, in order. None of them is empty. */
  *leaves(low: string, high: string | undefined): IterableIterator<LeafRange> {
    if (this.#root === undefined) return;
    yield* leavesOf(this.#root, low, high);
  }

  /**
   * The immutable parts that make up the rows from `low` to before `high`: nodes within the range, and single rows at its ends. A range with
   * other rows has other parts. Cost: O(log n).
   */
  *parts(low: string, high: string | undefined): IterableIterator<object> {
    if (this.#root !== undefined) yield* partsOf(this.#root, low, high);
  }
}

function* partsOf(node: Node, low: string, high: string | undefined): IterableIterator<object> {
  if (firstKeyOf(node) >= low && (high === undefined || lastKeyOf(node) < high)) yield node;
  else if (isLeaf(node))
    yield* node.rows.slice(rowFrom(node, low), high === undefined ? undefined : rowFrom(node, high));
  else {
    for (let index = childOf(node, low); index < node.children.length; index += 1) {
      const child = node.children[index];
      if (child === undefined || (high !== undefined && firstKeyOf(child) >= high)) return;
      yield* partsOf(child, low, high);
    }
  }
}

function lastKeyOf(node: Node): string {
  let last: Node | undefined = node;
  while (last !== undefined && !isLeaf(last)) last = last.children.at(-1);
  return last?.rows.at(-1)?.key ?? '';
}

function isLeaf(node: Node): node is Leaf {
  return node instanceof Leaf;
}

function leafOf(rows: readonly Row[]): Leaf {
  return new Leaf(rows);
}

function innerOf(children: readonly Node[]): Inner {
  let [size, bytes] = [0, 0];
  for (const child of children) {
    size += child.size;
    bytes += child.bytes;
  }
  return { children, firsts: children.map(firstKeyOf), size, bytes };
}

function firstKeyOf(node: Node): string {
  return (isLeaf(node) ? node.rows[0]?.key : node.firsts[0]) ?? '';
}

function rootOf(nodes: readonly Node[]): Node | undefined {
  return nodes.length > 1 ? innerOf(nodes) : nodes[0];
}

/** Returns the index of the child that contains a key, or would contain it. */
function childOf({ firsts }: Inner, key: string): number {
  return Math.max(0, upperBound(firsts.length, (index) => (firsts[index] ?? '') > key) - 1);
}

/** Returns the index of the first row whose key is not less than this one. */
function rowFrom({ rows }: Pick<Leaf, 'rows'>, key: string): number {
  return upperBound(rows.length, (index) => (rows[index]?.key ?? '') >= key);
}

/** Returns the first index for which `isAbove` holds; `length` if there is none. */
function upperBound(length: number, isAbove: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAbove(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns the nodes that replace `node`: two or more if it has become too large. */
function withRow(node: Node, row: Row, replaced: Replaced): readonly Node[] {
  if (isLeaf(node)) {
    const leaf = leafWith(node, row);
    // Rows that arrive in order fill each leaf.
    if (!fits(leaf) && leaf.size > node.size && leaf.rows.at(-1) === row) return [node, leafOf([row])];
    replaced(node);
    if (fits(leaf)) return [leaf];
    return leaf.size > MAX_LEAF_ROWS ? halves(leaf.rows).map(leafOf) : halvesByBytes(leaf);
  }
  const index = childOf(node, row.key);
  const child = node.children[index];
  const nodes = child === undefined ? [leafOf([row])] : withRow(child, row, replaced);
  const [only] = nodes;
  if (child !== undefined && only !== undefined && nodes.length === 1) return [innerWith(node, index, child, only)];
  return halves(node.children.toSpliced(index, 1, ...nodes)).map(innerOf);
}

function leafWith({ rows, bytes }: Leaf, row: Row): Leaf {
  const index = rowFrom({ rows }, row.key);
  const old = rows[index];
  if (old?.key !== row.key) {
    return new Leaf(rows.toSpliced(index, 0, row), bytes + row.bytes.length);
  }
  return new Leaf(rows.with(index, row), bytes + row.bytes.length - old.bytes.length);
}

/** Returns the node with a child in place of another one. */
function innerWith(node: Inner, index: number, old: Node, child: Node): Inner {
  const first = firstKeyOf(child);
  return {
    children: node.children.with(index, child),
    firsts: first === node.firsts[index] ? node.firsts : node.firsts.with(index, first),
    size: node.size + child.size - old.size,
    bytes: node.bytes + child.bytes - old.bytes,
  };
}

function fits({ size, bytes }: Leaf): boolean {
  return size === 1 || (size <= MAX_LEAF_ROWS && bytes <= MAX_LEAF_BYTES);
}

function halves<T>(entries: readonly T[]): (readonly T[])[] {
  if (entries.length <= MAX_CHILDREN) return [entries];
  const middle = entries.length >>> 1;
  return [entries.slice(0, middle), entries.slice(middle)];
}

/** Splits rows where half of the bytes are reached. A row can be larger than a leaf, so a half is split again if it is still too large. */
function halvesByBytes({ rows, bytes }: Leaf): Leaf[] {
  let [index, sum] = [0, 0];
  while (index < rows.length - 1) {
    const length = rows[index]?.bytes.length ?? 0;
    if (index > 0 && sum + length > bytes / 2) break;
    sum += length;
    index += 1;
  }
  return [rows.slice(0, index), rows.slice(index)]
    .map(leafOf)
    .flatMap((leaf) => (fits(leaf) ? [leaf] : halvesByBytes(leaf)));
}

/** Returns the node that replaces `node`: undefined if it has become empty, `node` itself if it has no row with this key. */
function withoutKey(node: Node, key: string, replaced: Replaced): Node | undefined {
  if (isLeaf(node)) {
    const index = rowFrom(node, key);
    if (node.rows[index]?.key !== key) return node;
    replaced(node);
    return node.size === 1 ? undefined : leafOf(node.rows.toSpliced(index, 1));
  }
  const index = childOf(node, key);
  const child = node.children[index];
  const rest = child === undefined ? undefined : withoutKey(child, key, replaced);
  if (rest === child) return node;
  if (child !== undefined && rest !== undefined && !isSmall(rest)) return innerWith(node, index, child, rest);
  const children = node.children.toSpliced(index, 1, ...(rest === undefined ? [] : [rest]));
  if (children.length === 0) return undefined;
  return innerOf(rest === undefined ? children : merged(children, index, replaced));
}

function isSmall(node: Node): boolean {
  if (!isLeaf(node)) return node.children.length < MAX_CHILDREN * MIN_SHARE;
  return node.size < MAX_LEAF_ROWS * MIN_SHARE && node.bytes < MAX_LEAF_BYTES * MIN_SHARE;
}

/** Returns children in which the one with this index is merged with a neighbour, if one of them has room. */
function merged(children: readonly Node[], index: number, replaced: Replaced): readonly Node[] {
  for (const left of [index - 1, index]) {
    const [a, b] = [children[left], children[left + 1]];
    const both = a === undefined || b === undefined ? undefined : joined(a, b);
    if (a === undefined || b === undefined || both === undefined) continue;
    // The leaf with this index is new; its neighbour is not.
    for (const node of [a, b]) if (isLeaf(node)) replaced(node);
    return children.toSpliced(left, 2, both);
  }
  return children;
}

/** Returns the node with the entries of two neighbours; undefined if they do not fit. */
function joined(a: Node, b: Node): Node | undefined {
  if (isLeaf(a)) {
    if (!isLeaf(b) || a.size + b.size > MAX_LEAF_ROWS || a.bytes + b.bytes > MAX_LEAF_BYTES) return undefined;
    return leafOf([...a.rows, ...b.rows]);
  }
  if (isLeaf(b) || a.children.length + b.children.length > MAX_CHILDREN) return undefined;
  return innerOf([...a.children, ...b.children]);
}

function* leavesOf(node: Node, low: string, high: string | undefined): IterableIterator<LeafRange> {
  if (isLeaf(node)) {
    const from = rowFrom(node, low);
    const to = high === undefined ? node.size : rowFrom(node, high);
    if (from < to) yield { leaf: node, from, to };
    return;
  }
  for (let index = childOf(node, low); index < node.children.length; index += 1) {
    const child = node.children[index];
    if (child === undefined || (high !== undefined && firstKeyOf(child) >= high)) return;
    yield* leavesOf(child, low, high);
  }
}
