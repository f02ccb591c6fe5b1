/**
 * The JSON of the rows of a leaf in one buffer. The first list joins the rows; from then on, the bytes of each row are a slice of that buffer,
 * so there is one copy.
 *
 * A row that leaves the view takes its bytes along: the log would otherwise keep whole leaves for single rows.
 * @module
 */
import { LeafBytes } from './leaf-bytes.ts';
import type { Leaf } from './leaf.ts';
import type { Row } from './row.ts';

/** Returns the JSON of the rows of a leaf. Cost: nothing, if a list has read the leaf since it was made. */
export function jsonOf(leaf: Leaf): LeafBytes {
  if (leaf.json !== undefined) return leaf.json;
  const json = new LeafBytes(leaf.rows.map(({ bytes }) => bytes));
  if (leaf.isRetired) return json;
  for (const [index, row] of leaf.rows.entries()) move(row, json.row(index));
  leaf.json = json;
  return json;
}

/** Gives a row a copy of its bytes, if they are part of the buffer of a leaf. */
export function ownBytes(row: Row): void {
  if (row.bytes.length === row.bytes.buffer.byteLength) return;
  const bytes = Buffer.allocUnsafeSlow(row.bytes.length);
  bytes.set(row.bytes);
  move(row, bytes);
}

/** Stores the bytes of a row in another place. The row is the same for all its readers. */
function move(row: Row, bytes: Buffer): void {
  (row as { bytes: Buffer }).bytes = bytes;
}
