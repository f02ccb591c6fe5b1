/**
 * The rows of a leaf as bytes in one form: each row with a comma after it, all in one buffer. Any part of a leaf is then a slice.
 * @module
 */

const COMMA = ','.charCodeAt(0);

/** Joined rows. */
export class LeafBytes {
  readonly bytes: Buffer;
  /** The end of each row, after its comma. */
  readonly #ends: Uint32Array;

  /** @param rows the bytes of each row, which are copied */
  constructor(rows: readonly Buffer[]) {
    let length = rows.length;
    for (const row of rows) length += row.length;
    // The buffer is not from Node's pool, because a leaf would keep a whole pool in memory.
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.#ends = new Uint32Array(rows.length);
    let at = 0;
    for (const [index, row] of rows.entries()) {
      this.bytes.set(row, at);
      at += row.length;
      this.bytes[at] = COMMA;
      at += 1;
      this.#ends[index] = at;
    }
  }

  /** The bytes of memory that the rows take. */
  get size(): number {
    return this.bytes.length + this.#ends.byteLength;
  }

  /** The rows from `from` to before `to`, with a comma after each. Nothing is copied. */
  slice(from: number, to: number): Buffer {
    if (from === 0 && to === this.#ends.length) return this.bytes;
    return this.bytes.subarray(this.#startOf(from), this.#startOf(to));
  }

  /** One row, without a comma. */
  row(index: number): Buffer {
    return this.bytes.subarray(this.#startOf(index), this.#startOf(index + 1) - 1);
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }
}
