/**
 * What changed in a view, in order: the last entries, bounded by number, bytes and age.
 *
 * Positions in a log: everything after `oldest` is here, nothing before it is known. A span that was skipped (an upstream relist) has
 * no known inside. Entries have running numbers, so that watchers are cursors and nothing is queued for each.
 *
 * Past states are made when asked for, by taking back changes from the next checkpoint: a snapshot with every entry would keep a path
 * of the index alive for each (measured: 30 MB for 20,000 entries), one with every 64th costs next to nothing.
 * @module
 */
import type { RowSnapshot } from './ordered-map.ts';
import type { Row } from './row.ts';

/** One change of one row. */
export interface LogEntry {
  readonly position: bigint;
  /** The row before; undefined: there was none. */
  readonly before: Row | undefined;
  /** The row after; undefined: it is gone. */
  readonly after: Row | undefined;
  /** Milliseconds since the epoch at which it was logged. */
  readonly at: number;
  /**
   * The position had been handed out before (upstream dropped an event, and a new list of the same version shows it). Who resumes from
   * that very position is sent this as well: perhaps twice, but never not at all.
   */
  readonly late: boolean;
}

/** How much a log keeps. What falls out makes older positions expire, nothing else. */
export interface LogBounds {
  /** @default 20000 */
  readonly entries: number;
  /** Bytes of the rows before and after each change, as if no two entries shared one. @default 64 MiB */
  readonly bytes: number;
  /** Milliseconds. Looked at when something is logged, so that a quiet view expires nobody. @default one hour */
  readonly age: number;
}

/** The stated bounds of a log. */
export const DEFAULT_LOG_BOUNDS: LogBounds = { entries: 20_000, bytes: 64 * 1024 * 1024, age: 3_600_000 };

/** So many entries lie between two checkpoints: the most changes that are taken back for a past state. */
const CHECKPOINT_INTERVAL = 64;
/** So many skipped spans are remembered; before the oldest of more, positions expire. */
const REMEMBERED_SPANS = 1000;

/** The log of one view. */
export class ChangeLog {
  readonly #bounds: LogBounds;
  /** Undefined where an entry has fallen out. */
  #entries: (LogEntry | undefined)[] = [];
  /** Index in `#entries` of the first entry kept; those before it are gone. */
  #head = 0;
  /** Running number of `#entries[0]`. */
  #base = 0;
  #bytes = 0;
  #oldest: bigint;
  /** All rows before the entry of a running number. */
  readonly #checkpoints = new Map<number, RowSnapshot>();
  readonly #skipped: (readonly [from: bigint, to: bigint])[] = [];

  /** A log that knows nothing before `oldest`. `first` is the running number of its first entry. */
  constructor(oldest: bigint, bounds: LogBounds, first: number) {
    this.#oldest = oldest;
    this.#bounds = bounds;
    this.#base = first;
  }

  /** The oldest position from which everything is here. */
  get oldest(): bigint {
    return this.#oldest;
  }

  /** Running number of the oldest entry kept. */
  get first(): number {
    return this.#base + this.#head;
  }

  /** Running number that the next entry will get. */
  get end(): number {
    return this.#base + this.#entries.length;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** How many past states are kept whole. */
  get checkpoints(): number {
    return this.#checkpoints.size;
  }

  /**
   * Positions must not go down, and one that comes again must be `late`.
   * @param rows all rows after the change
   */
  append(entry: LogEntry, rows: () => RowSnapshot): void {
    this.#entries.push(entry);
    this.#bytes += weight(entry);
    if (this.end % CHECKPOINT_INTERVAL === 0) this.#checkpoints.set(this.end, rows());
    while (this.size > 1 && this.#exceeds(entry.at)) this.#drop();
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#base += this.#head;
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Remembers that nobody knows what happened strictly between two positions. */
  skip(from: bigint, to: bigint): void {
    this.#skipped.push([from, to]);
    if (this.#skipped.length > REMEMBERED_SPANS) this.#expire(this.#skipped[0]?.[1] ?? to);
  }

  /** The entry of a running number; undefined when it has not come yet or is gone. */
  entry(number: number): LogEntry | undefined {
    const index = number - this.#base;
    return index < 0 ? undefined : this.#entries[index];
  }

  /** Whether what happened after a position is exactly known. */
  covers(position: bigint): boolean {
    return position >= this.#oldest && !this.#skipped.some(([from, to]) => position > from && position < to);
  }

  /** The running number of the first entry that a watch from a position that {@link covers} has to be sent. */
  after(position: bigint): number {
    return this.#search((entry) => entry.position > position || (entry.late && entry.position === position));
  }

  /**
   * The rows as they were at a position that {@link covers}.
   * @param rows all rows now
   */
  snapshotAt(position: bigint, rows: RowSnapshot): RowSnapshot {
    const first = this.#search((entry) => entry.position > position);
    const next = Math.ceil(first / CHECKPOINT_INTERVAL) * CHECKPOINT_INTERVAL;
    const checkpoint = this.#checkpoints.get(next);
    const end = checkpoint === undefined ? this.end : next;
    const start = checkpoint ?? rows;
    return first === end ? start : start.before(this.#entries.slice(first - this.#base, end - this.#base));
  }

  /** The running number of the first entry for which something holds that, having begun to hold, holds for all that follow. */
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

  /** Forgets the oldest entry: positions before it are not covered any more. */
  #drop(): void {
    const dropped = this.#entries[this.#head];
    if (dropped === undefined) return;
    this.#checkpoints.delete(this.first);
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= weight(dropped);
    // Who has the position of a late entry may not have been sent it.
    this.#expire(dropped.late ? dropped.position + 1n : dropped.position);
  }

  /** Positions before `oldest` are not covered any more. */
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

function weight(entry: LogEntry): number {
  return (entry.before?.bytes.length ?? 0) + (entry.after?.bytes.length ?? 0);
}
