/**
 * The rows of one selection, arranged in leaves of their own. They are brought up to date when they are read:
 *
 * ```
 *   leaves of the view     A  B  C' D  E      C' is new: only its rows are compared with the selectors
 *   arranged leaves        └─1─┘  └─2'─┘ E3   a leaf of the same sources is the same one, with all that is kept of it
 * ```
 * A change costs nothing until then.
 * @module
 */
import { Leaf, type LeafRange, MAX_LEAF_ROWS } from '../../projections/leaf.ts';
import type { Row } from '../../projections/row.ts';
import { ROWS_PER_TURN } from './turns.ts';

/** The maximum size of the rows of an arranged leaf with several rows. */
const MAX_BYTES = 64 * 1024;
/** The share of an arranged leaf that is filled when it is made. */
const FIRST_SHARE = 3 / 4;
/** If there are more arranged leaves than this many times the necessary number, they are arranged anew. */
const MAX_WASTE = 3;

/** Leaves of the view, and the arranged leaf with their selected rows; undefined if no row is selected. */
interface Group {
  readonly sources: readonly Leaf[];
  readonly leaf: Leaf | undefined;
}

/** The state of the view that a list reads. */
export interface ArrangedState {
  /** Immutable parts that make up all rows of the range; see `RowSnapshot.parts`. */
  readonly parts: readonly object[];
  readonly leaves: Iterable<LeafRange>;
  readonly matches: (row: Row) => boolean;
}

/** The rows of one selection. */
export class ArrangedRows {
  /** The number of rows that were compared with the selectors. */
  comparisons = 0;
  #parts: readonly object[] | undefined;
  #groups: readonly Group[] = [];
  readonly #selected = new WeakMap<Leaf, readonly Row[]>();

  /**
   * Returns the selected rows of a state. Before it has compared {@link ROWS_PER_TURN} rows, it returns undefined: the caller should let the
   * event loop take a turn.
   */
  *leaves({ parts, leaves, matches }: ArrangedState): IterableIterator<LeafRange | undefined> {
    if (this.#parts === undefined || !areSame(this.#parts, parts)) {
      let compared = 0;
      const sources: Leaf[] = [];
      for (const { leaf } of leaves) {
        // Several namespaces can be in one leaf.
        if (sources.at(-1) === leaf) continue;
        sources.push(leaf);
        if (this.#selected.has(leaf)) continue;
        this.#selected.set(leaf, leaf.rows.filter(matches));
        this.comparisons += leaf.size;
        compared += leaf.size;
        if (compared <= ROWS_PER_TURN - MAX_LEAF_ROWS) continue;
        compared = 0;
        yield undefined;
      }
      this.#arrange(sources);
      this.#parts = parts;
    }
    for (const { leaf } of this.#groups) if (leaf !== undefined) yield { leaf, from: 0, to: leaf.size };
  }

  /** Drops everything that is kept of the rows. */
  retire(): void {
    for (const { leaf } of this.#groups) leaf?.retire();
    this.#groups = [];
    this.#parts = undefined;
  }

  #arrange(sources: readonly Leaf[]): void {
    const before = this.#groups;
    const arranged = this.#grouped(sources, startsOf(before));
    const rows = arranged.reduce((sum, { leaf }) => sum + (leaf?.size ?? 0), 0);
    const bytes = arranged.reduce((sum, { leaf }) => sum + (leaf?.bytes ?? 0), 0);
    const necessary = 1 + rows / MAX_LEAF_ROWS + bytes / MAX_BYTES;
    this.#groups = arranged.length > MAX_WASTE * necessary ? this.#grouped(sources, new Set()) : arranged;
    const kept = new Set(this.#groups);
    for (const group of before) if (!kept.has(group)) group.leaf?.retire();
  }

  /** Groups leaves of the view. @param starts first keys of groups. They stay, so that a change moves no other group */
  #grouped(sources: readonly Leaf[], starts: ReadonlySet<string>): Group[] {
    // The first arrangement leaves room for more rows.
    const share = starts.size === 0 ? FIRST_SHARE : 1;
    const known = new Map(this.#groups.map((group) => [group.sources[0], group]));
    const groups: Group[] = [];
    let [group, size, bytes]: [Leaf[], number, number] = [[], 0, 0];
    const close = (): void => {
      const old = known.get(group[0]);
      if (group.length > 0) groups.push(old !== undefined && areSame(old.sources, group) ? old : this.#groupOf(group));
      [group, size, bytes] = [[], 0, 0];
    };
    for (const source of sources) {
      const selected = this.#selected.get(source) ?? [];
      const added = selected.reduce((sum, row) => sum + row.bytes.length, 0);
      const isFull = size > 0 && (size + selected.length > MAX_LEAF_ROWS * share || bytes + added > MAX_BYTES * share);
      if (isFull || starts.has(source.rows[0]?.key ?? '')) close();
      group.push(source);
      size += selected.length;
      bytes += added;
    }
    close();
    return groups;
  }

  #groupOf(sources: readonly Leaf[]): Group {
    const rows = sources.flatMap((source) => this.#selected.get(source) ?? []);
    return { sources, leaf: rows.length === 0 ? undefined : Leaf.arranged(rows) };
  }
}

function startsOf(groups: readonly Group[]): Set<string> {
  return new Set(groups.map(({ sources }) => sources[0]?.rows[0]?.key ?? ''));
}

function areSame(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
