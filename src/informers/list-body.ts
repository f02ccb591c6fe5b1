/**
 * Decodes the body of a list in slices, so that no text of the whole is made, and the event loop can take turns between the slices.
 *
 * The bytes are cut where an item seems to end. A list of items `S, T` is an array of JSON exactly if `[S]` and `[T]` are arrays of JSON,
 * so a slice that parses is cut at the right place. A cut inside an item does not parse, and a later one is tried.
 * @module
 */
import { isAscii } from 'node:buffer';
import { parseExact } from '../exact-json.ts';

/** The size of a slice in bytes, which takes about two milliseconds. */
export const SLICE_BYTES = 512 * 1024;
/** The maximum length of the beginning of the items in bytes: `{"metadata":`. */
const MAX_ITEM_START = 64;
/** The maximum number of ends of arrays after the items. */
const MAX_ENDS = 8;
const ITEMS = '"items":[';
const COLON = 0x3a;
const END_OF_ARRAY = 0x5d;

/** A decoded list. */
export interface ListBody {
  /** The list with no items, or the whole body if it is something else than a list with items. */
  readonly list: unknown;
  /** The items in slices, which are decoded while they are read; undefined if the items are in `list`. They can be read once. */
  readonly slices: Iterable<readonly unknown[]> | undefined;
}

/**
 * Decodes a body. The items of a large list are decoded while they are read; a short body, and one in another form than that of servers in
 * Go, is decoded as a whole.
 * @throws SyntaxError if the body is not JSON. Reading `slices` throws it, too
 */
export function decodeList(body: Buffer, sliceBytes: number = SLICE_BYTES): ListBody {
  const frame = body.length <= sliceBytes ? undefined : frameOf(body);
  if (frame === undefined) return { list: parseExact(body.toString()), slices: undefined };
  return { list: frame.list, slices: slicesOf(body, frame, sliceBytes) };
}

/** The parts of a list around its items. */
interface Frame {
  readonly list: unknown;
  /** The index of the first byte of the items, and that after the last one. */
  readonly start: number;
  readonly end: number;
  /** The end of an item and the beginning of the next one. */
  readonly separator: Buffer;
}

/** Returns the parts of a list; undefined for a body of another form. */
function frameOf(body: Buffer): Frame | undefined {
  const start = body.indexOf(ITEMS) + ITEMS.length;
  const colon = body.subarray(start, start + MAX_ITEM_START).indexOf(COLON);
  if (start < ITEMS.length || colon < 0) return undefined;
  const first = body.toString('latin1', start, start + colon + 1);
  const head = body.toString('utf8', 0, start);
  // The items belong to the list itself, and not to a value in it, if one bracket closes the list.
  if (!/^\{"[a-zA-Z]+":$/.test(first) || parsed(`${head}]}`) === undefined) return undefined;
  let end = body.length;
  for (let tries = 0; tries < MAX_ENDS; tries += 1) {
    end = body.lastIndexOf(END_OF_ARRAY, end - 1);
    if (end < start) return undefined;
    const list = parsed(head + body.toString('utf8', end));
    if (list !== undefined)
      return isComplete(list) ? { list, start, end, separator: Buffer.from(`},${first}`) } : undefined;
  }
  return undefined;
}

function* slicesOf(
  body: Buffer,
  { start, end, separator }: Frame,
  sliceBytes: number,
): Generator<readonly unknown[], void, void> {
  let count = 0;
  for (let from = start; from < end;) {
    let slice: readonly unknown[] | undefined;
    let to = from;
    for (let size = sliceBytes; slice === undefined; size *= 2) {
      const cut = from + size < end ? body.indexOf(separator, from + size) : -1;
      to = cut < 0 || cut >= end ? end : cut + 1;
      slice = parsed(`[${textOf(body.subarray(from, to))}]`) as readonly unknown[] | undefined;
      if (slice === undefined && to === end) {
        // The items end elsewhere, or the body is not JSON.
        const { items } = parseExact(body.toString()) as { readonly items: readonly unknown[] };
        yield items.slice(count);
        return;
      }
    }
    yield slice;
    count += slice.length;
    from = to + 1;
  }
}

/** Returns whether a list has the fields of its type and its metadata, so that none of them is between the items and a later array. */
function isComplete(list: unknown): boolean {
  return typeof list === 'object' && list !== null && 'kind' in list && 'apiVersion' in list && 'metadata' in list;
}

/** Returns bytes of UTF-8 as text. Most are ASCII, which are copied in half of the time. */
function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

/** Returns the value of a text of JSON; undefined if the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
