/**
 * Leaves of rows in other forms than JSON. A leaf is encoded when it is first read in a form, and kept until a change replaces the leaf or the
 * budget needs the space.
 * @module
 */
import type { LeafBytes } from '../../projections/leaf-bytes.ts';
import type { KeptOfLeaf, Leaf } from '../../projections/leaf.ts';
import type { ByteBudget, Kept } from './byte-budget.ts';

/** The estimated size of the objects that keep a form. */
const OVERHEAD = 256;

/** A leaf in one form, on the budget. It does not refer to the leaf, so it never keeps rows in memory. */
class KeptForm implements Kept, KeptOfLeaf {
  readonly bytes: LeafBytes;
  readonly size: number;
  readonly drop: () => void;
  readonly release: () => void;

  constructor(bytes: LeafBytes, home: Map<string, KeptOfLeaf>, form: string, budget: ByteBudget) {
    this.bytes = bytes;
    this.size = bytes.size + OVERHEAD;
    this.drop = () => void home.delete(form);
    this.release = () => budget.drop(this);
  }
}

/** Returns a leaf in a form, if it is kept. */
export function keptForm(budget: ByteBudget, leaf: Leaf, form: string): LeafBytes | undefined {
  const kept = leaf.isRetired ? undefined : leaf.kept.get(form);
  if (!(kept instanceof KeptForm)) return undefined;
  budget.touch(kept);
  return kept.bytes;
}

/** Keeps a leaf in a form. A retired leaf keeps nothing. */
export function keepForm(budget: ByteBudget, leaf: Leaf, form: string, bytes: LeafBytes): void {
  if (leaf.isRetired) return;
  const kept = new KeptForm(bytes, leaf.kept, form, budget);
  leaf.kept.set(form, kept);
  budget.keep(kept);
}
