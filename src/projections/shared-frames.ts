/**
 * Encoded frames of log entries, shared by the watchers that send them.
 *
 * A change that many watchers receive is encoded once. The log counts these bytes against its bound. When it needs room, it drops the
 * oldest frames before it drops an entry: encoding a frame again costs less than a client that has to relist.
 * @module
 */

interface Frame {
  readonly revision: number;
  readonly bytes: Buffer;
}

/** The frames that are kept, by entry and form. */
export class SharedFrames<Entry extends object> {
  /** In the order in which the entries got their first frame. */
  readonly #byEntry = new Map<Entry, Map<string, Frame>>();
  #bytes = 0;

  /** The number of bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the frame of an entry in a form. Calls `encode` if no frame of this revision is kept, and keeps the result.
   * @param revision a frame of another revision is out of date and is replaced: the ages in a Table change every second
   */
  get(entry: Entry, form: string, revision: number, encode: () => Buffer): Buffer {
    const known = this.#byEntry.get(entry)?.get(form);
    if (known?.revision === revision) return known.bytes;
    const bytes = unpooled(encode());
    const frames = this.#byEntry.get(entry) ?? new Map<string, Frame>();
    this.#byEntry.set(entry, frames.set(form, { revision, bytes }));
    this.#bytes += bytes.length - (known?.bytes.length ?? 0);
    return bytes;
  }

  /** Drops all frames of an entry. */
  delete(entry: Entry): void {
    for (const { bytes } of this.#byEntry.get(entry)?.values() ?? []) this.#bytes -= bytes.length;
    this.#byEntry.delete(entry);
  }

  /** Drops the frames of the oldest entries until at most this number of bytes is left. */
  shrink(bytes: number): void {
    if (this.#bytes <= bytes) return;
    for (const entry of this.#byEntry.keys()) {
      if (this.#bytes <= bytes) return;
      this.delete(entry);
    }
  }
}

/** Returns a copy if the frame is a slice of Node's buffer pool, because the slice would keep the whole pool in memory. */
function unpooled(frame: Buffer): Buffer {
  if (frame.length === frame.buffer.byteLength) return frame;
  const copy = Buffer.allocUnsafeSlow(frame.length);
  frame.copy(copy);
  return copy;
}
