/**
 * Decodes the body of a watch response: bytes to JSON values, and values to events.
 *
 * Servers end each event with a newline. Like Go's decoder, this one also accepts events without a newline, several events in one line, and
 * events of several lines.
 * @module
 */
import { ConnectionError, DecodeError, NotWatchableError } from './errors.ts';
import { parseExact } from '../exact-json.ts';
import type { WatchEvent } from './list-watch.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** `{` and `[`, and the bytes that close them. */
const OPENING: readonly number[] = [0x7b, 0x5b];
const CLOSING: readonly number[] = [0x7d, 0x5d];
/** The bytes after which an object or a list can begin: `[`, `,` and `:`. */
const BEFORE_OPENING: readonly number[] = [0x5b, 0x2c, COLON];
/** The maximum length of an event, in bytes: many times the maximum size of an object in etcd. */
const MAX_LENGTH = 64 * 1024 * 1024;

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
  const values = new JsonSplitter(MAX_LENGTH);
  for await (const piece of body) {
    for (const value of values.push(piece)) yield decoded<T>(name, value);
  }
  const rest = values.rest();
  if (rest === undefined) return;
  // The rest may be incomplete. No event is lost then, because the next watch delivers it again.
  const frame = parsed(rest);
  if (frame === undefined) throw new ConnectionError(`${name}: the watch ended in the middle of a frame`);
  yield decoded<T>(name, frame);
}

/** Splits a byte stream into JSON values. It works on bytes, so that a character may be split between two pieces. */
export class JsonSplitter {
  readonly #maxLength: number;
  #pieces: Buffer[] = [];
  #length = 0;
  /** The pieces of a line whose end has not arrived, and which is not scanned yet. Then there are no {@link #pieces}. */
  #line: Buffer[] = [];
  #lineLength = 0;
  /** The state of the scan of the value in {@link #pieces}. */
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The last byte outside of strings that is not white space. */
  #last: number | undefined;

  /** @param maxLength the maximum length of a value in bytes, which bounds the memory */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /**
   * Returns the values that a piece completes. A text that is not JSON ends at white space, and its value is undefined. Values in the middle
   * of a piece may wait for the next piece.
   * @throws DecodeError if a value is too long
   */
  *push(piece: Buffer): Generator<unknown, void, void> {
    if (this.#line.length === 0) {
      yield* this.#split(piece, 0, true);
      return;
    }
    // The pieces of HTTP/2 are shorter than most events. To parse a line is much faster than to scan it.
    const end = piece.indexOf(NEWLINE);
    if (end === -1 && !mayEnd(piece)) {
      this.#defer(piece);
      return;
    }
    const begun = this.#takeLine();
    const line = end === -1 ? undefined : Buffer.concat([...begun, piece.subarray(0, end)]);
    const value = line === undefined ? undefined : parsed(this.#limited(line));
    if (value !== undefined) {
      yield value;
      yield* this.#split(piece, end + 1, true);
      return;
    }
    for (const part of begun) yield* this.#split(part, 0, false);
    yield* this.#split(piece, 0, false);
  }

  /** @param defers whether the beginning of a line can wait for its end */
  *#split(piece: Buffer, from: number, defers: boolean): Generator<unknown, void, void> {
    let start = from;
    /** The end of a line that is not one value. */
    let scannedLine = 0;
    for (;;) {
      if (this.#length === 0) start = afterSpace(piece, start);
      if (start === piece.length) return;
      if (this.#length === 0 && start >= scannedLine) {
        // Servers write one value in each line. To parse the line is much faster than to scan it.
        const end = piece.indexOf(NEWLINE, start);
        const value = end === -1 ? undefined : parsed(this.#limited(piece.subarray(start, end)));
        if (value !== undefined) {
          yield value;
          start = end + 1;
          continue;
        }
        if (end === -1 && defers && !mayEnd(piece)) {
          this.#defer(piece.subarray(start));
          return;
        }
        scannedLine = end;
      }
      const end = this.#scan(piece, start);
      this.#keep(piece.subarray(start, end));
      if (end === undefined) return;
      start = end;
      yield parsed(this.#take());
    }
  }

  /** Keeps the beginning of a line. @throws DecodeError if it is too long */
  #defer(piece: Buffer): void {
    this.#lineLength += piece.length;
    if (this.#lineLength > this.#maxLength) throw new DecodeError(`a value is longer than ${this.#maxLength} bytes`);
    this.#line.push(piece);
  }

  #takeLine(): readonly Buffer[] {
    const line = this.#line;
    this.#line = [];
    this.#lineLength = 0;
    return line;
  }

  /** Removes and returns the bytes after the last value; undefined if there are no such bytes. */
  rest(): Buffer | undefined {
    if (this.#line.length > 0) return Buffer.concat(this.#takeLine());
    return this.#length === 0 ? undefined : this.#take();
  }

  #take(): Buffer {
    const [first] = this.#pieces;
    const bytes = first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
    this.#last = undefined;
    return bytes;
  }

  /**
   * Returns the index after the end of the value that begins or continues at `start`; undefined if it does not end in this piece. A value
   * also ends where it stops being JSON: so an incomplete event does not swallow the events after it.
   */
  #scan(piece: Buffer, start: number): number | undefined {
    for (let index = start; index < piece.length; index += 1) {
      const byte = piece[index] ?? 0;
      if (this.#isInString) {
        // JSON has no line ends in strings.
        if (byte === NEWLINE) return index;
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
        continue;
      }
      if (byte <= SPACE) {
        if (this.#depth === 0 || (byte === NEWLINE && this.#last === COLON)) return index;
        continue;
      }
      if (byte === QUOTE) this.#isInString = true;
      else if (OPENING.includes(byte)) {
        if (this.#last !== undefined && (this.#depth === 0 || !BEFORE_OPENING.includes(this.#last))) return index;
        this.#depth += 1;
      } else if (CLOSING.includes(byte)) {
        this.#depth -= 1;
        if (this.#depth <= 0) return index + 1;
      }
      this.#last = byte;
    }
    return undefined;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(this.#limited(piece));
    this.#length += piece.length;
  }

  /** @throws DecodeError if the current value and these bytes are too long */
  #limited(piece: Buffer): Buffer {
    if (this.#length + piece.length > this.#maxLength)
      throw new DecodeError(`a value is longer than ${this.#maxLength} bytes`);
    return piece;
  }
}

/** Returns whether a value may end with this piece: its last byte closes a value, or is white space. */
function mayEnd(piece: Buffer): boolean {
  const last = piece.at(-1) ?? SPACE;
  return last <= SPACE || CLOSING.includes(last);
}

/** Returns the index of the first byte at or after `start` that is not white space. */
function afterSpace(piece: Buffer, start: number): number {
  let index = start;
  while (index < piece.length && (piece[index] ?? 0) <= SPACE) index += 1;
  return index;
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

/** Returns the value of a text of JSON; undefined if the text is not JSON. */
function parsed(text: Buffer): unknown {
  try {
    return parseExact(text.toString());
  } catch {
    return undefined;
  }
}
