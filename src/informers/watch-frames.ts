/**
 * Decodes the body of a watch response: bytes to lines, and lines to events.
 * @module
 */
import { ConnectionError, DecodeError, NotWatchableError } from './errors.ts';
import type { WatchEvent } from './list-watch.ts';

const NEWLINE = 0x0a;
/** The maximum length of a line, in bytes: many times the maximum size of an object in etcd. */
const MAX_LINE = 64 * 1024 * 1024;

/**
 * Decodes the events of a watch as they arrive.
 * @param name the name of the source, for messages
 * @throws DecodeError if a frame is not valid; NotWatchableError if the server sends a list; ConnectionError if the body ends in the
 * middle of a frame
 */
export async function* watchFrames<T>(
  name: string,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<WatchEvent<T>, void, void> {
  const lines = new LineSplitter(MAX_LINE);
  for await (const piece of body) {
    for (const line of lines.push(piece)) yield decoded<T>(name, parsed(line));
  }
  const rest = lines.rest();
  if (rest === undefined) return;
  // A last line without a newline may be incomplete. No event is lost then, because the next watch delivers it again.
  const frame = parsed(rest);
  if (frame === undefined) throw new ConnectionError(`${name}: the watch ended in the middle of a frame`);
  yield decoded<T>(name, frame);
}

/** Splits a byte stream at newlines. It works on bytes, so that a character may be split between two pieces. */
export class LineSplitter {
  readonly #maxLength: number;
  #pieces: Buffer[] = [];
  #length = 0;

  /** @param maxLength the maximum length of a line in bytes, which bounds the memory */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /**
   * Returns the lines that a piece completes, without their newlines and without empty lines.
   * @throws DecodeError if a line is too long
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

  /** Removes and returns the bytes after the last newline; undefined if there are no such bytes. */
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
    if (this.#length > this.#maxLength) throw new DecodeError(`a line is longer than ${this.#maxLength} bytes`);
    this.#pieces.push(piece);
  }
}

function decoded<T>(name: string, frame: unknown): WatchEvent<T> {
  if (typeof frame !== 'object' || frame === null)
    throw new DecodeError(`${name}: a frame of the watch is not a JSON object`);
  const { type, object, items } = frame as { type?: unknown; object?: unknown; items?: unknown };
  if (Array.isArray(items)) throw new NotWatchableError(`${name}: the server responded to a watch with a list`);
  if (typeof object !== 'object' || object === null)
    throw new DecodeError(`${name}: a frame of the watch has no object`);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      // The cast relies on the server. `Ingest` and `SinkWriter` check the name and the version.
      return { type, object: object as T };
    case 'BOOKMARK':
      return { type, object };
    case 'ERROR':
      return { type, object };
    default:
      throw new DecodeError(`${name}: a frame of the watch has the unknown type ${JSON.stringify(type)}`);
  }
}

/** Returns the value of a line of JSON; undefined if the line is not JSON. */
function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}
