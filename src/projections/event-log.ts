/**
 * What changed in a view, in order: the last entries, bounded by number, bytes and age.
 *
 * Positions in a log: everything after `oldest` is here, nothing before it is known. A span that was skipped (an upstream relist) has
 * no known inside. Entries have running numbers, so that watchers are cursors and nothing is queued for each.
 * @module
 */
import type { RowSnapshot } from './ordered-index.ts';
import type { Row } from './row.ts';

/** One change of one row. */
export interface LogEntry {
  readonly position: bigint;
  /** The row before; undefined: there was none. */
  readonly before: Row | undefined;
  /** The row after; undefined: it is gone. */
  readonly after: Row | undefined;
  /** All rows after this change. */
  readonly snapshot: RowSnapshot;
  /** Milliseconds since the epoch at which it was logged. */
  readonly at: number;
}

/** How much a log keeps. What falls out makes older positions expire, nothing else. */
export interface LogBounds {
  /** @default 20000 */
  readonly entries: number;
  /** Bytes of rows that only the log still holds, counted as the bytes of all rows in it. @default 64 MiB */
  readonly bytes: number;
  /** Milliseconds. Looked at when something is logged, so that a quiet view expires nobody. @default one hour */
  readonly age: number;
}

/** The stated bounds of a log. */
export const DEFAULT_LOG_BOUNDS: LogBounds = { entries: 20_000, bytes: 64 * 1024 * 1024, age: 3_600_000 };

/** The log of one view. */
export class EventLog {
  readonly #bounds: LogBounds;
  /** Undefined where an entry has fallen out. */
  #entries: (LogEntry | undefined)[] = [];
  /** Index in `#entries` of the first entry kept; those before it are gone. */
  #head = 0;
  /** Running number of `#entries[0]`. */
  #base = 0;
  #bytes = 0;
  #oldest: bigint;
  #initial: RowSnapshot;
  #skipped: (readonly [from: bigint, to: bigint])[] = [];

  /** A log that knows nothing before `oldest`, where the rows were `snapshot`. `first` is the running number of its first entry. */
  constructor(oldest: bigint, snapshot: RowSnapshot, bounds: LogBounds, first: number) {
    this.#oldest = oldest;
    this.#initial = snapshot;
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

  append(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#bytes += weight(entry);
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

  /** The running number of the first entry after a position that {@link covers}. */
  after(position: bigint): number {
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.position <= position) low = middle + 1;
      else high = middle;
    }
    return this.#base + low;
  }

  /** The rows as they were at a position that {@link covers}. */
  snapshotAt(position: bigint): RowSnapshot {
    return this.entry(this.after(position) - 1)?.snapshot ?? this.#initial;
  }

  /** Forgets the oldest entry: positions before it are not covered any more. */
  #drop(): void {
    const dropped = this.#entries[this.#head];
    if (dropped === undefined) return;
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= weight(dropped);
    this.#oldest = dropped.position;
    this.#initial = dropped.snapshot;
    this.#skipped = this.#skipped.filter(([, to]) => to > this.#oldest);
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
