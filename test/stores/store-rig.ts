/** What the suites of stores are run over. */
import type { Store } from '../../src/stores/object-store.ts';

/** A kind of store. */
export interface StoreRig {
  readonly name: string;
  /** A store that is empty. */
  readonly open: () => Store;
  /** How many random histories are tried. */
  readonly histories: number;
}
