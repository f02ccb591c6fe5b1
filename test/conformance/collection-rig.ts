/** What the suites of collections are run over. */
import type { Collection } from '../../src/informers/collection/index.ts';
import type { ObservedSource } from './observed-source.ts';

/** What the objects of every rig have. */
export type Numbered = { readonly n: number };

/** A kind of collection. */
export interface CollectionRig {
  readonly name: string;
  /** The collection over a source of values. */
  readonly over: (source: ObservedSource) => Collection<Numbered>;
  /** The number that a value of `n` shows in the collection. */
  readonly shows: (n: number) => number;
  /** Whether it is made of another collection, so that nobody can read it who does not keep it running. */
  readonly derived: boolean;
  /** Whether it is a source of its own, that knows nothing of the one it is fed from. */
  readonly ownSource?: boolean;
}
