/**
 * Leaves of rows in other forms than JSON. A leaf is encoded when it is first read in a form, and kept until a change replaces the leaf or the
 * budget needs the space.
 * @module
 */
import type { KeptOfLeaf, Leaf } from '../../projections/leaf.ts';
import { LeafParts } from './body-parts.ts';
import type { ByteBudget, Kept } from './byte-budget.ts';

/** The estimated size of the objects that keep a form. */
const OVERHEAD = 256;

/** A leaf in one form. */
export interface LeafForm {
  readonly size: number;
  /** The parts that lists have read. */
  readonly parts: LeafParts;
}

/** A leaf in one form, on the budget. It does not refer to the leaf, so it never keeps rows in memory. */
class KeptForm implements Kept, KeptOfLeaf {
  readonly form: LeafForm;
  readonly size: number;
  readonly drop: () => void;
  readonly release: () => void;

  constructor(form: LeafForm, home: Map<string, KeptOfLeaf>, name: string, budget: ByteBudget) {
    this.form = form;
    this.size = form.size + OVERHEAD;
    this.drop = () => {
      home.delete(name);
      form.parts.release();
    };
    this.release = () => budget.drop(this);
  }
}

/** Rows in a form, and the parts of them that lists have read. */
export class JoinedRows<Rows extends { readonly size: number }> implements LeafForm {
  readonly rows: Rows;
  readonly parts: LeafParts;

  constructor(rows: Rows, isKept: boolean) {
    this.rows = rows;
    this.parts = new LeafParts(isKept);
  }

  get size(): number {
    return this.rows.size;
  }
}

/**
 * Returns a leaf in a form. It is encoded if it is not kept, and kept unless the leaf is retired.
 * @param name identifies everything that the form depends on, except the leaf. Forms with the same name have rows of the same class
 */
export function leafForm<Rows extends { readonly size: number }>(
  budget: ByteBudget,
  leaf: Leaf,
  name: string,
  encode: () => Rows,
): JoinedRows<Rows> {
  const known = leaf.isRetired ? undefined : leaf.kept.get(name);
  if (known instanceof KeptForm) {
    budget.touch(known);
    return known.form as JoinedRows<Rows>;
  }
  const form = new JoinedRows(encode(), !leaf.isRetired);
  if (leaf.isRetired) return form;
  const kept = new KeptForm(form, leaf.kept, name, budget);
  leaf.kept.set(name, kept);
  budget.keep(kept);
  return form;
}

/** The name of the parts of the JSON, which is kept without a budget. */
const JSON_PARTS = 'json';

/** Returns the parts of the JSON of a leaf that lists have read. */
export function jsonParts(leaf: Leaf): LeafParts {
  if (leaf.isRetired) return new LeafParts(false);
  const known = leaf.kept.get(JSON_PARTS);
  if (known instanceof LeafParts) return known;
  const parts = new LeafParts();
  leaf.kept.set(JSON_PARTS, parts);
  return parts;
}
