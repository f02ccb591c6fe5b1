/**
 * The budget of bytes that a server spends on everything that it keeps to send again: leaves of rows in other forms than JSON, and compressed
 * lists. The least recently read is dropped first.
 * @module
 */
import { LRUCache } from 'lru-cache';
import { ServerDefinitionError } from '../errors.ts';

/** The default maximum of a server, in bytes. */
const DEFAULT_BYTES = 64 * 2 ** 20;

/** Something that is kept. */
export interface Kept {
  /** The number of bytes that it takes. */
  readonly size: number;
  /** Called once when it is dropped, for any reason. */
  readonly drop: () => void;
}

/** The budget, see the top of this file. */
export class ByteBudget {
  readonly #kept: LRUCache<Kept, Kept> | undefined;

  /**
   * @param maxBytes the maximum size of everything that is kept; 0 keeps nothing
   * @throws ServerDefinitionError if `maxBytes` is not a whole number, 0 or more
   */
  constructor(maxBytes: number = DEFAULT_BYTES) {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new ServerDefinitionError(`listCacheBytes ${maxBytes} must be a whole number, 0 or more`);
    }
    if (maxBytes === 0) return;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ size }) => size,
      // It is called after the change of the cache: dropping one thing may drop others.
      disposeAfter: ({ drop }) => drop(),
    });
  }

  /** The size of everything that is kept, in bytes. */
  get bytes(): number {
    return this.#kept?.calculatedSize ?? 0;
  }

  /** Keeps something, and drops the least recently read if there is no room. It is dropped at once if it is larger than the budget. */
  keep(kept: Kept): void {
    this.#kept?.set(kept, kept);
    if (this.#kept?.has(kept) !== true) kept.drop();
  }

  /** Marks something as recently read. */
  touch(kept: Kept): void {
    this.#kept?.get(kept);
  }

  /** Drops something. */
  drop(kept: Kept): void {
    this.#kept?.delete(kept);
  }
}
