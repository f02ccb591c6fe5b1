/**
 * A leaf of the tree of rows: a few rows in the order of their keys, and what readers keep of them.
 *
 * ```
 *   current ──a change replaces it──► retired: it drops what readers kept, and keeps nothing again
 * ```
 * A retired leaf can still be part of an earlier state of the rows, such as a checkpoint of the log.
 * @module
 */
import type { LeafBytes } from './leaf-bytes.ts';
import type { Row } from './row.ts';

/** The maximum number of rows of a leaf. */
export const MAX_LEAF_ROWS = 64;

/** Something that a reader keeps of a leaf. */
export interface KeptOfLeaf {
  /** Called when the leaf is retired. */
  readonly release: () => void;
}

/** Rows in the order of their keys. They never change; what readers keep of them does. */
export class Leaf {
  readonly rows: readonly Row[];
  readonly size: number;
  /** The bytes of the JSON of the rows. */
  readonly bytes: number;
  /** The JSON of the rows, from the first list on; see `leaf-json.ts`. */
  json: LeafBytes | undefined;
  #isArranged = false;
  #kept: Map<string, KeptOfLeaf> | undefined;
  #isRetired = false;

  constructor(rows: readonly Row[], bytes: number = rows.reduce((sum, row) => sum + row.bytes.length, 0)) {
    this.rows = rows;
    this.size = rows.length;
    this.bytes = bytes;
  }

  /** Returns a leaf of selected rows. Their bytes stay where they are: in leaves of the tree. */
  static arranged(rows: readonly Row[]): Leaf {
    const leaf = new Leaf(rows);
    leaf.#isArranged = true;
    return leaf;
  }

  /** Whether the rows have their bytes in other leaves. */
  get isArranged(): boolean {
    return this.#isArranged;
  }

  /** Whether the leaf is no longer part of the current rows. Then readers keep nothing of it. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** What readers keep of the leaf, by its name. A reader adds to it only while the leaf is not retired. */
  get kept(): Map<string, KeptOfLeaf> {
    this.#kept ??= new Map();
    return this.#kept;
  }

  /** Drops everything that readers keep of the leaf. */
  retire(): void {
    this.#isRetired = true;
    this.json = undefined;
    const kept = this.#kept;
    this.#kept = undefined;
    for (const { release } of kept?.values() ?? []) release();
  }
}

/** A part of a leaf: the rows from `from` to before `to`. */
export interface LeafRange {
  readonly leaf: Leaf;
  readonly from: number;
  readonly to: number;
}

/** Returns rows that belong to no tree as a part of a leaf of their own. Readers keep nothing of it. */
export function looseRange(rows: readonly Row[]): LeafRange {
  const leaf = new Leaf(rows);
  leaf.retire();
  return { leaf, from: 0, to: rows.length };
}

/** Returns the rows of parts of leaves. */
export function rowsOf(ranges: Iterable<LeafRange>): Row[] {
  return Array.from(ranges).flatMap(({ leaf, from, to }) => leaf.rows.slice(from, to));
}
