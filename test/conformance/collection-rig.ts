/** The rig of the suites of collections. */
import type { Collection } from '../../src/informers/collection/index.ts';
import type { ObservedSource } from './observed-source.ts';

/** The field that the objects of all rigs have. */
export type Numbered = { readonly n: number };

/** A kind of collection. */
export interface CollectionRig {
  readonly name: string;
  /** The collection over a source of values. */
  readonly over: (source: ObservedSource) => Collection<Numbered>;
  /** The number in the collection for a value with this `n`. */
  readonly shows: (n: number) => number;
  /** Whether it is derived from another collection, so that it can be read only while it runs. */
  readonly derived: boolean;
  /** Whether it is a separate source, not linked to the source of values in the graph. */
  readonly ownSource?: boolean;
}
