/**
 * The recent changes of a view, in order, bounded by number, bytes and age.
 *
 * `covered-places.ts` says after which places the log has every change. Each entry has a *running number*. A watcher is a cursor on these
 * numbers, so the log queues nothing for it.
 *
 * The log computes a past state when a client requests it. A *checkpoint* is a snapshot of all rows after every 64th entry. The log takes
 * the first checkpoint after the state and undoes the changes between them. Snapshots after every entry would take 30 MB for 20,000
 * entries (measured). Those after every 64th entry take almost nothing.
 * @module
 */
import { CoveredPlaces } from './covered-places.ts';
import { ownBytes } from './leaf-json.ts';
import { bytesOf, changesIn, type LogEntry } from './log-entry.ts';
import type { RowSnapshot } from './ordered-map.ts';
import { SharedFrames } from './shared-frames.ts';

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
  readonly #covered: CoveredPlaces;
  /** The digest of the rows before the oldest entry. */
  #digest: number;
  /** Snapshots of all rows, by the running number of the entry after the snapshot. */
  readonly #checkpoints = new Map<number, RowSnapshot>();

  /**
   * @param oldest the place at which the log begins
   * @param firstNumber the running number of its first entry
   * @param digest the digest of the rows at the beginning
   */
  constructor(oldest: bigint, bounds: LogBounds, firstNumber: number, digest = 0) {
    this.#covered = new CoveredPlaces(oldest);
    this.#bounds = bounds;
    this.#base = firstNumber;
    this.#digest = digest;
  }

  /** The oldest place after which the log has every change. */
  get oldest(): bigint {
    return this.#covered.oldest;
  }

  /** The digest of the rows at {@link oldest}. */
  get oldestDigest(): number {
    return this.#digest;
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
   * Adds a change. Places must not decrease. An entry is `late` if a client may have a position at its place already.
   * @param rows returns all rows as they are after the change
   */
  append(entry: LogEntry, rows: () => RowSnapshot): void {
    this.#entries.push(entry);
    for (const { before } of changesIn(entry)) if (before !== undefined) ownBytes(before);
    this.#bytes += bytesOf(changesIn(entry));
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
    if (entry.place < this.oldest || (entry.place === this.oldest && !entry.late)) return encode();
    const frame = this.#frames.get(entry, form, revision, encode);
    this.#frames.shrink(this.#bounds.bytes - this.#bytes);
    return frame;
  }

  /** Records that the changes between two places are unknown. The rows at both places are known. */
  skip(from: bigint, to: bigint): void {
    this.#covered.skip(from, to);
  }

  /** The entry with a running number; undefined if it was not added yet or was dropped. */
  entry(number: number): LogEntry | undefined {
    const index = number - this.#base;
    return index < 0 ? undefined : this.#entries[index];
  }

  /** From now on, the log does not cover places before `oldest`. Its entries stay, for watchers that have not read them. */
  forgetBefore(oldest: bigint): void {
    this.#covered.expireBefore(oldest);
  }

  /** Returns whether the log has every change after a place. */
  covers(place: bigint): boolean {
    return this.#covered.has(place);
  }

  /**
   * The running number of the first entry that a watch from a place receives; undefined if the rows there never had this digest. The log
   * must {@link covers cover} the place.
   */
  after(place: bigint, digest: number): number | undefined {
    return this.#statesAt(place, digest)[0];
  }

  /**
   * The rows as they were at a place; undefined if the rows there never had this digest. The log must {@link covers cover} the place.
   * @param rows all rows as they are now
   */
  snapshotAt(place: bigint, digest: number, rows: RowSnapshot): RowSnapshot | undefined {
    const first = this.#statesAt(place, digest).at(-1);
    return first === undefined ? undefined : this.#snapshotBefore(first, rows);
  }

  /**
   * Returns the states at a place that clients can have received and that have this digest, in order. Each is represented by the running
   * number of the entry after it. There is one state at a place, unless an entry there is late.
   */
  #statesAt(place: bigint, digest: number): number[] {
    const states: number[] = [];
    const end = this.#search((entry) => entry.place > place);
    for (let number = end; ; number -= 1) {
      const next = number === end ? undefined : this.entry(number);
      if ((next === undefined || next.late) && this.#digestBefore(number) === digest) states.unshift(number);
      if (this.entry(number - 1)?.place !== place) return states;
    }
  }

  /** The digest of the rows before an entry. */
  #digestBefore(number: number): number {
    return this.entry(number - 1)?.digest ?? this.#digest;
  }

  /** The rows before an entry. */
  #snapshotBefore(first: number, rows: RowSnapshot): RowSnapshot {
    const next = Math.ceil(first / CHECKPOINT_INTERVAL) * CHECKPOINT_INTERVAL;
    const checkpoint = this.#checkpoints.get(next);
    const end = checkpoint === undefined ? this.nextNumber : next;
    const start = checkpoint ?? rows;
    if (first === end) return start;
    const entries = this.#entries.slice(first - this.#base, end - this.#base);
    return start.before(entries.flatMap((entry) => (entry === undefined ? [] : changesIn(entry))));
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
    this.#digest = dropped.digest;
    this.#bytes -= bytesOf(changesIn(dropped));
    this.#frames.delete(dropped);
    // A client at the place of a late entry may not have received the entry, so that place expires too.
    this.#covered.expireBefore(dropped.late ? dropped.place + 1n : dropped.place);
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
