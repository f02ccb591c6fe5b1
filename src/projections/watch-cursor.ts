/**
 * A watcher's place in the log of a view.
 *
 * ```
 *   reading ──log started anew, fell out of the log, or view closed──► ended
 * ```
 * Nothing is queued for a watcher: it reads the log when it can. One that is ended gets no more entries and no more bookmarks.
 * @module
 */
import type { EventLog, LogEntry } from './event-log.ts';

/** Why a watch has to end. Its client resumes from the last position it has, and gets 410 if that is not covered any more. */
export type WatchEnd = 'relist' | 'too slow' | 'not ready' | 'closed';

/** A cursor. Made by `view.watchFrom()`. */
export class WatchCursor {
  readonly #log: EventLog;
  readonly #frontier: () => bigint;
  readonly #floor: bigint;
  readonly #release: () => void;
  #next: number;
  #position: bigint;
  #end: WatchEnd | undefined;

  constructor(log: EventLog, from: bigint, next: number, frontier: () => bigint, release: () => void) {
    this.#log = log;
    this.#floor = from;
    this.#next = next;
    this.#position = from;
    this.#frontier = frontier;
    this.#release = release;
  }

  /** Why the watch is over; undefined while it goes on. */
  get ended(): WatchEnd | undefined {
    if (this.#end === undefined && this.#next < this.#log.first) this.end('too slow');
    return this.#end;
  }

  /** Everything up to here has been read. */
  get position(): bigint {
    return this.#position;
  }

  /** The next entry; undefined when there is none now, or when the watch is over. */
  next(): LogEntry | undefined {
    for (;;) {
      if (this.ended !== undefined) return undefined;
      const entry = this.#log.entry(this.#next);
      if (entry === undefined) return undefined;
      this.#next += 1;
      // A watch that starts ahead of the log (another replica was faster) is silent until the log has caught up.
      if (entry.position < this.#floor || (entry.position === this.#floor && !entry.late)) continue;
      this.#position = entry.position;
      return entry;
    }
  }

  /**
   * The position that a bookmark may have now: everything selected up to it has been read. Undefined when there is more to read, when
   * nothing has moved since the position that the client has, or when the watch is over.
   */
  bookmark(sent: bigint): bigint | undefined {
    if (this.ended !== undefined || this.#next < this.#log.end) return undefined;
    const frontier = this.#frontier();
    if (frontier <= sent) return undefined;
    this.#position = frontier;
    return frontier;
  }

  /** Ends the watch. The first reason stays. */
  end(reason: WatchEnd): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#release();
  }
}

/** The open cursors of a view. */
export class WatchCursors {
  readonly #open = new Set<WatchCursor>();

  get size(): number {
    return this.#open.size;
  }

  /** A cursor on everything in the log after a position that it covers. */
  open(log: EventLog, position: bigint, frontier: () => bigint): WatchCursor {
    const cursor: WatchCursor = new WatchCursor(log, position, log.after(position), frontier, () => {
      this.#open.delete(cursor);
    });
    this.#open.add(cursor);
    return cursor;
  }

  endAll(reason: WatchEnd): void {
    for (const cursor of this.#open) cursor.end(reason);
  }

  /** Ends those who have a position beyond this one. */
  endBeyond(position: bigint, reason: WatchEnd): void {
    for (const cursor of this.#open) if (cursor.position > position) cursor.end(reason);
  }
}
