/**
 * The recent changes of a view, in order, bounded by number, bytes and age.
 *
 * The log has every change after the position `oldest`, except those inside skipped spans: after an upstream relist, the changes between
 * two positions are unknown. Each entry has a *running number*. A watcher is a cursor on these numbers, so the log queues nothing for it.
 *
 * The log computes a past state when a client requests it. A *checkpoint* is a snapshot of all rows after every 64th entry. The log takes
 * the first checkpoint after the state and undoes the changes between them. Snapshots after every entry would take 30 MB for 20,000
 * entries (measured). Those after every 64th entry take almost nothing.
 * @module
 */
import type { RowSnapshot } from './ordered-map.ts';
import type { Row } from './row.ts';
import { SharedFrames } from './shared-frames.ts';

/** One change of one row. */
export interface LogEntry {
  readonly position: bigint;
  /** The row before the change; undefined if the change added it. */
  readonly before: Row | undefined;
  /** The row after the change; undefined if the change deleted it. */
  readonly after: Row | undefined;
  /** The time at which the change was logged, in milliseconds since the epoch. */
  readonly at: number;
  /**
   * True if a client may already have received this position without this change. That happens if upstream lost an event and a new list
   * of the same version shows its effect. A watcher that resumes from exactly this position therefore receives this change too. It may
   * receive the change twice, but it never misses it.
   */
  readonly late: boolean;
}

/** The bounds of a log. If they are reached, the log drops its oldest entries, and their positions expire (410). */
export interface LogBounds {
  /** The maximum number of entries. @default 20000 */
  readonly entries: number;
  /**
   * The maximum number of bytes: of the rows before and after each change (as if no two entries shared a row), and of the encoded frames
   * that watchers share. @default 64 MiB
   */
  readonly bytes: number;
  /** The maximum age in milliseconds. It is checked when a change is logged, so a quiet view expires no position. @default one hour */
  readonly age: number;
  /**
   * The maximum number of bytes that the watchers of different selectors keep together: 8 for each selector and each of its events that is
   * not yet read. Beyond it nothing expires, but each watcher compares the changes that it has not read with its selector again.
   * @default 8 MiB
   */
  readonly groupBytes: number;
}

/** The default bounds of a log. */
export const DEFAULT_LOG_BOUNDS: LogBounds = {
  entries: 20_000,
  bytes: 64 * 1024 * 1024,
  age: 3_600_000,
  groupBytes: 8 * 1024 * 1024,
};

/** The number of entries from one checkpoint to the next. It is the maximum number of changes to undo for a past state. */
const CHECKPOINT_INTERVAL = 64;
/** The maximum number of skipped spans. If there is one more, the positions before the end of the oldest span expire. */
const MAX_SPANS = 1000;

/** The log of one view. */
export class ChangeLog {
  readonly #bounds: LogBounds;
  /** The entries. Dropped entries are undefined until they are removed from the array. */
  #entries: (LogEntry | undefined)[] = [];
  /** The index in `#entries` of the oldest entry that was not dropped. */
  #head = 0;
  /** Running number of `#entries[0]`. */
  #base = 0;
  /** Bytes of the rows in the entries. */
  #bytes = 0;
  readonly #frames = new SharedFrames<LogEntry>();
  #oldest: bigint;
  /** Snapshots of all rows, by the running number of the entry after the snapshot. */
  readonly #checkpoints = new Map<number, RowSnapshot>();
  /** The spans in which changes are unknown, from the oldest. The ends are known positions. */
  readonly #skipped: (readonly [from: bigint, to: bigint])[] = [];

  /**
   * @param oldest the position at which the log begins
   * @param firstNumber the running number of its first entry
   */
  constructor(oldest: bigint, bounds: LogBounds, firstNumber: number) {
    this.#oldest = oldest;
    this.#bounds = bounds;
    this.#base = firstNumber;
  }

  /** The oldest position after which the log has every change. */
  get oldest(): bigint {
    return this.#oldest;
  }

  /** Running number of the oldest entry in the log. */
  get firstNumber(): number {
    return this.#base + this.#head;
  }

  /** Running number of the next entry. */
  get nextNumber(): number {
    return this.#base + this.#entries.length;
  }

  /** The number of entries. */
  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** The bytes that count against the bound: of the rows in the entries, and of the frames that watchers share. */
  get bytes(): number {
    return this.#bytes + this.#frames.bytes;
  }

  /** The number of snapshots of past states. */
  get checkpoints(): number {
    return this.#checkpoints.size;
  }

  /**
   * Adds a change. Positions must not decrease, and an entry with the position of an earlier one must be `late`.
   * @param rows returns all rows as they are after the change
   */
  append(entry: LogEntry, rows: () => RowSnapshot): void {
    this.#entries.push(entry);
    this.#bytes += weight(entry);
    if (this.nextNumber % CHECKPOINT_INTERVAL === 0) this.#checkpoints.set(this.nextNumber, rows());
    this.#frames.shrink(this.#bounds.bytes - this.#bytes);
    while (this.size > 1 && this.#exceeds(entry.at)) this.#drop();
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#base += this.#head;
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /**
   * Returns the frame of an entry in a form. It is encoded for the first watcher that sends it, and kept for the others while the entry
   * is in the log and the frame fits into the bound.
   * @param form identifies everything that the frame depends on, except the entry and the revision
   * @param revision see {@link SharedFrames.get}
   */
  sharedFrame(entry: LogEntry, form: string, revision: number, encode: () => Buffer): Buffer {
    if (!isAfter(entry, this.#oldest)) return encode();
    const frame = this.#frames.get(entry, form, revision, encode);
    this.#frames.shrink(this.#bounds.bytes - this.#bytes);
    return frame;
  }

  /** Records that the changes between two positions are unknown. The rows at both positions are known. */
  skip(from: bigint, to: bigint): void {
    this.#skipped.push([from, to]);
    if (this.#skipped.length > MAX_SPANS) this.#expire(this.#skipped[0]?.[1] ?? to);
  }

  /** The entry with a running number; undefined if it was not added yet or was dropped. */
  entry(number: number): LogEntry | undefined {
    const index = number - this.#base;
    return index < 0 ? undefined : this.#entries[index];
  }

  /** Returns whether the log has every change after a position. */
  covers(position: bigint): boolean {
    return position >= this.#oldest && !this.#skipped.some(([from, to]) => position > from && position < to);
  }

  /** The running number of the first entry that a watch from a position receives. The log must {@link covers cover} the position. */
  after(position: bigint): number {
    return this.#search((entry) => isAfter(entry, position));
  }

  /**
   * The rows as they were at a position. The log must {@link covers cover} the position.
   * @param rows all rows as they are now
   */
  snapshotAt(position: bigint, rows: RowSnapshot): RowSnapshot {
    const first = this.#search((entry) => entry.position > position);
    const next = Math.ceil(first / CHECKPOINT_INTERVAL) * CHECKPOINT_INTERVAL;
    const checkpoint = this.#checkpoints.get(next);
    const end = checkpoint === undefined ? this.nextNumber : next;
    const start = checkpoint ?? rows;
    return first === end ? start : start.before(this.#entries.slice(first - this.#base, end - this.#base));
  }

  /** The running number of the first entry for which a condition holds. The condition must hold for all later entries too. */
  #search(holds: (entry: LogEntry) => boolean): number {
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && !holds(entry)) low = middle + 1;
      else high = middle;
    }
    return this.#base + low;
  }

  /** Drops the oldest entry. The log no longer covers positions before it. */
  #drop(): void {
    const dropped = this.#entries[this.#head];
    if (dropped === undefined) return;
    this.#checkpoints.delete(this.firstNumber);
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= weight(dropped);
    this.#frames.delete(dropped);
    // A client at the position of a late entry may not have received the entry, so that position expires too.
    this.#expire(dropped.late ? dropped.position + 1n : dropped.position);
  }

  /** From now on, the log does not cover positions before `oldest`. */
  #expire(oldest: bigint): void {
    if (oldest > this.#oldest) this.#oldest = oldest;
    let [span] = this.#skipped;
    while (span !== undefined && span[1] <= this.#oldest) {
      this.#skipped.shift();
      [span] = this.#skipped;
    }
  }

  #exceeds(now: number): boolean {
    const oldest = this.#entries[this.#head];
    return (
      this.size > this.#bounds.entries ||
      this.#bytes > this.#bounds.bytes ||
      (oldest !== undefined && now - oldest.at > this.#bounds.age)
    );
  }
}

/** Returns whether a watch from a position receives the entry. */
function isAfter(entry: LogEntry, position: bigint): boolean {
  return entry.position > position || (entry.late && entry.position === position);
}

function weight(entry: LogEntry): number {
  return (entry.before?.bytes.length ?? 0) + (entry.after?.bytes.length ?? 0);
}
