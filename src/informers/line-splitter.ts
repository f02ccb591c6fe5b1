/**
 * Lines of a byte stream, whole, whatever the pieces it comes in.
 * @module
 */
import { DecodeError } from './errors.ts';

const NEWLINE = 0x0a;

/** Cuts at newlines. Works on bytes, so a character that is split between two pieces is whole again before anybody reads it. */
export class LineSplitter {
  readonly #longest: number;
  #pieces: Buffer[] = [];
  #length = 0;

  /** @param longest bytes of a line; a longer one is an error, so that memory is bounded */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * The lines that a piece completes, without their newlines. Empty lines are left out.
   * @throws DecodeError when a line is too long
   */
  *push(piece: Buffer): Generator<Buffer, void, void> {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#keep(piece.subarray(start, end));
      start = end + 1;
      const line = this.rest();
      if (line !== undefined) yield line;
    }
    this.#keep(piece.subarray(start));
  }

  /** Takes what has come since the last newline; undefined when that is nothing. */
  rest(): Buffer | undefined {
    const [first] = this.#pieces;
    if (first === undefined) return undefined;
    const line = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    return line;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (this.#length > this.#longest) throw new DecodeError(`a line is longer than ${this.#longest} bytes`);
    this.#pieces.push(piece);
  }
}
