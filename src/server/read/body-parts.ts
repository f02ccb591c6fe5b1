/**
 * The parts of the body of a list. A part of a leaf is the same object for all lists that contain it, so its deflated block can be kept with it.
 * @module
 */
import type { KeptOfLeaf } from '../../projections/leaf.ts';

/** Some bytes of a body. */
export class BodyPart {
  readonly bytes: Buffer;
  /** Whether other bodies have the same part. */
  readonly isShared: boolean;
  /** Its deflated block, if it was compressed. */
  block: KeptOfLeaf | undefined;

  constructor(bytes: Buffer, isShared = false) {
    this.bytes = bytes;
    this.isShared = isShared;
  }
}

/** The maximum number of parts of a leaf that are kept: the whole leaf, and parts at the ends of namespaces and pages. */
const MAX_PARTS = 8;

/** The parts of one leaf in one form that lists have read. */
export class LeafParts implements KeptOfLeaf {
  readonly #parts = new Map<number, BodyPart>();
  readonly #maximum: number;
  #buffer: ArrayBufferLike | undefined;

  /** @param isKept false for a leaf of which nothing is kept */
  constructor(isKept = true) {
    this.#maximum = isKept ? MAX_PARTS : 0;
  }

  /**
   * Returns a part of the leaf.
   * @param rows the rows from `from` to before `to`, with a comma after each. If they are in another buffer than before, nothing is kept
   * @param isLast whether the part is the last one of its body, which has no comma at its end
   */
  of(rows: Buffer, from: number, to: number, isLast: boolean): BodyPart {
    if (rows.buffer !== this.#buffer) this.release();
    this.#buffer = rows.buffer;
    const key = (from * 1024 + to) * 2 + (isLast ? 1 : 0);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const isKept = this.#parts.size < this.#maximum;
    const part = new BodyPart(isLast ? rows.subarray(0, -1) : rows, isKept);
    if (isKept) this.#parts.set(key, part);
    return part;
  }

  /** Drops the blocks of all parts. */
  readonly release = (): void => {
    for (const { block } of this.#parts.values()) block?.release();
    this.#parts.clear();
    this.#buffer = undefined;
  };
}
