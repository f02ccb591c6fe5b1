/** The input of the suites of stores. */
import type { Store } from '../../src/stores/object-store.ts';

/** A kind of store. */
export interface StoreRig {
  readonly name: string;
  /** Returns an empty store. */
  readonly open: () => Store;
  /** The number of random histories to run. */
  readonly histories: number;
}
