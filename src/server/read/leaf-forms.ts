/**
 * Leaves of rows in other forms than JSON. A leaf is encoded when it is first read in a form, and kept until a change replaces the leaf or the
 * budget needs the space.
 * @module
 */
import type { KeptOfLeaf, Leaf } from '../../projections/leaf.ts';
import type { ByteBudget, Kept } from './byte-budget.ts';

/** The estimated size of the objects that keep a form. */
const OVERHEAD = 256;

/** A leaf in one form. */
export interface LeafForm {
  readonly size: number;
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
    this.drop = () => void home.delete(name);
    this.release = () => budget.drop(this);
  }
}

/** The kind of a form: its class, which reads what it keeps. */
type FormClass<Form extends LeafForm> = abstract new (...args: never[]) => Form;

/**
 * Returns a leaf in a form. It is encoded if it is not kept, and kept unless the leaf is retired.
 * @param name identifies everything that the form depends on, except the leaf
 */
export function leafForm<Form extends LeafForm>(
  budget: ByteBudget,
  leaf: Leaf,
  { name, type, encode }: { readonly name: string; readonly type: FormClass<Form>; readonly encode: () => Form },
): Form {
  const known = leaf.isRetired ? undefined : leaf.kept.get(name);
  if (known instanceof KeptForm && known.form instanceof type) {
    budget.touch(known);
    return known.form;
  }
  const form = encode();
  if (leaf.isRetired) return form;
  const kept = new KeptForm(form, leaf.kept, name, budget);
  leaf.kept.set(name, kept);
  budget.keep(kept);
  return form;
}
