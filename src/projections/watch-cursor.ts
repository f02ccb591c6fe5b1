/**
 * The place of a watcher in the log of a view.
 *
 * ```
 *   catching up ──has read the log up to the first event of its group──► with the group
 *        │     ◄──the group dropped events that the watcher has not read──     │
 *        └──────────────log started again, fell behind the log, or view closed──────────┴──► ended
 * ```
 * Nothing is queued for a watcher; it reads at its own speed. A watcher that is behind its group evaluates the entries of the log until it
 * reaches the group. From there it reads the events that the group has computed for all its watchers. After its end, a cursor returns no
 * events and no bookmarks.
 * @module
 */
import type { ChangeLog } from './change-log.ts';
import type { LogEntry } from './log-entry.ts';
import { eventFor, type InterestGroup, type SelectedEvent } from './interest-group.ts';

/**
 * The reason why a watch ends. Its client resumes from its last position, and receives 410 if the log no longer covers it. `expired`: the
 * watch started ahead of the view, and the view has other rows at that position, or will never reach it.
 */
export type WatchEnd = 'relist' | 'too slow' | 'not ready' | 'closed' | 'expired';

/** The position of a view, and its place. */
export interface ViewFrontier {
  readonly place: bigint;
  readonly position: bigint;
}

/** The maximum number of past entries that are evaluated until {@link WatchCursor.next} returns undefined. */
const CATCH_UP_SLICE = 500;

/** The log, the group and the start of a cursor. */
export interface CursorOptions {
  readonly log: ChangeLog;
  readonly group: InterestGroup;
  /** The position up to which the client has received every change. */
  readonly from: bigint;
  /** The running number of the first log entry that the client has not received. */
  readonly next: number;
  readonly frontier: () => ViewFrontier;
  /** Returns the place of a position. */
  readonly placeOf: (position: bigint) => bigint;
  /** Called once, when the watch ends. */
  readonly release: (cursor: WatchCursor) => void;
}

/** A cursor, as `view.watchFrom()` returns it. */
export class WatchCursor {
  readonly #options: CursorOptions;
  /** The running number of the next log entry. Entries before it are read or do not concern the watcher. */
  #number: number;
  /** The number of past entries that were evaluated since {@link next} returned undefined. */
  #evaluated = 0;
  #position: bigint;
  /** Whether an entry beyond the place of the start was read. */
  #isPastStart = false;
  #end: WatchEnd | undefined;
  #listener: (() => void) | undefined;

  constructor(options: CursorOptions) {
    const { from, next } = options;
    this.#options = options;
    this.#number = next;
    this.#position = from;
  }

  /** The group of watchers with the same interest. */
  get group(): InterestGroup {
    return this.#options.group;
  }

  /** The reason why the watch has ended; undefined while it is open. */
  get ended(): WatchEnd | undefined {
    if (this.#end === undefined && this.#hasFallenBehind()) this.end('too slow');
    return this.#end;
  }

  /** The position up to which the watcher has read. */
  get position(): bigint {
    return this.#position;
  }

  /** The running number of the next log entry to read. */
  get number(): number {
    return this.#number;
  }

  /** The place of {@link position}. */
  get place(): bigint {
    return this.#options.placeOf(this.#position);
  }

  /** Whether past entries remain although {@link next} returned undefined, because it had evaluated {@link CATCH_UP_SLICE} entries. */
  get isBehind(): boolean {
    return this.ended === undefined && this.#isCatchingUp();
  }

  /** The next event; undefined if there is no event yet (see {@link isBehind}) or the watch has ended. */
  next(): SelectedEvent | undefined {
    while (this.ended === undefined) {
      const event = this.#catchUp() ?? this.#nextOfGroup();
      if (event === undefined) {
        this.#evaluated = 0;
        return undefined;
      }
      if (!this.#isNew(event.entry)) continue;
      this.#position = event.entry.position;
      return event;
    }
    return undefined;
  }

  /**
   * The position for a bookmark: the watcher has read every selected change up to it. It is never before `sent`, even if the client is
   * ahead of this view. Undefined if there is more to read, or if the watch has ended.
   * @param sent the last position that the client received
   */
  bookmark(sent: bigint): bigint | undefined {
    const { group, frontier, placeOf } = this.#options;
    if (this.ended !== undefined || this.#isCatchingUp() || group.next(this.#number) !== undefined) return undefined;
    const current = frontier();
    const position = current.place >= placeOf(sent) ? current.position : sent;
    this.#position = position;
    return position;
  }

  /** Sets the function to call at the end of each tick that adds events for the watcher, and when the watch has ended. */
  listen(listener: () => void): void {
    this.#listener = listener;
  }

  /** Calls the listener. */
  wake(): void {
    this.#listener?.();
  }

  /** Ends the watch. Later calls do not change the reason. */
  end(reason: WatchEnd): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#options.release(this);
  }

  #isCatchingUp(): boolean {
    return this.#number < this.#options.group.since;
  }

  #hasFallenBehind(): boolean {
    const { log, group } = this.#options;
    if (this.#number >= log.firstNumber) return false;
    return this.#isCatchingUp() || (group.next(this.#number) ?? log.firstNumber) < log.firstNumber;
  }

  /** The next event between the watcher and the first event of its group. */
  #catchUp(): SelectedEvent | undefined {
    const { log, group } = this.#options;
    while (this.#evaluated < CATCH_UP_SLICE && this.#isCatchingUp()) {
      const entry = log.entry(this.#number);
      if (entry === undefined) return undefined;
      this.#evaluated += 1;
      this.#number += 1;
      const event = eventFor(entry, group.interest);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #nextOfGroup(): SelectedEvent | undefined {
    if (this.#isCatchingUp()) return undefined;
    const { log, group } = this.#options;
    const number = group.next(this.#number);
    const entry = number === undefined ? undefined : log.entry(number);
    if (number === undefined || entry === undefined) return undefined;
    this.#number = number + 1;
    return group.event(number, entry);
  }

  /**
   * Returns whether the client has not received the entry. The client may have received entries of the log from another replica that is
   * ahead.
   */
  #isNew({ place, late }: LogEntry): boolean {
    // Entries are in the order of their places.
    if (this.#isPastStart) return true;
    const { from, placeOf } = this.#options;
    const start = placeOf(from);
    this.#isPastStart = place > start;
    return this.#isPastStart || (place === start && late);
  }
}
