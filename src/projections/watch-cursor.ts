/**
 * A watcher's place in the log of a view.
 *
 * ```
 *   catching up ──the log has been read up to where the group began──► with the group
 *        └──────────────log started anew, fell out of the log, or view closed──────────────┴──► ended
 * ```
 * Nothing is queued for a watcher: it reads when it can. One that starts in the past reads the log itself until it has caught up with its
 * group, and from there on what the group has found out for all of its watchers. One that is ended gets no more events and no more
 * bookmarks.
 * @module
 */
import type { ChangeLog, LogEntry } from './change-log.ts';
import { eventFor, type InterestGroup, type WatchEvent } from './interest-group.ts';

/** Why a watch has to end. Its client resumes from the last position it has, and gets 410 if that is not covered any more. */
export type WatchEnd = 'relist' | 'too slow' | 'not ready' | 'closed';

/** So many entries of the past are looked at in one go. */
const CATCH_UP_SLICE = 500;

/** What a cursor is made of. */
export interface CursorOptions {
  readonly log: ChangeLog;
  readonly group: InterestGroup;
  /** Everything up to here is known to the watcher. */
  readonly from: bigint;
  readonly frontier: () => bigint;
  /** Called once, at the end. */
  readonly release: (cursor: WatchCursor) => void;
}

/** A cursor. Made by `view.watchFrom()`. */
export class WatchCursor {
  readonly #options: CursorOptions;
  /** Running number of the next entry of the log to look at, while catching up. */
  #number: number;
  /** Place of the next event in the group. */
  #place: number;
  #position: bigint;
  #end: WatchEnd | undefined;
  #listener: (() => void) | undefined;

  constructor(options: CursorOptions) {
    const { log, group, from } = options;
    this.#options = options;
    this.#number = log.after(from);
    this.#place = group.placeOf(Math.max(this.#number, group.since));
    this.#position = from;
  }

  /** What the watcher selects by, and shares with others. */
  get group(): InterestGroup {
    return this.#options.group;
  }

  /** Why the watch is over; undefined while it goes on. */
  get ended(): WatchEnd | undefined {
    if (this.#end === undefined && this.#hasFallenOut()) this.end('too slow');
    return this.#end;
  }

  /** Everything up to here has been read. */
  get position(): bigint {
    return this.#position;
  }

  /** Whether there is more of the past to look at, although {@link next} had nothing: it looks at so much in one go. */
  get isBehind(): boolean {
    return this.ended === undefined && this.#isCatchingUp();
  }

  /** The next event; undefined when there is none now (see {@link isBehind}), or when the watch is over. */
  next(): WatchEvent | undefined {
    while (this.ended === undefined) {
      const event = this.#catchUp() ?? this.#nextOfGroup();
      if (event === undefined) return undefined;
      if (!this.#isNew(event.entry)) continue;
      this.#position = event.entry.position;
      return event;
    }
    return undefined;
  }

  /**
   * The position that a bookmark may have now: everything selected up to it has been read. Undefined when there is more to read, when
   * nothing has moved since the position that the client has, or when the watch is over.
   */
  bookmark(sent: bigint): bigint | undefined {
    const { group, frontier } = this.#options;
    if (this.ended !== undefined || this.#isCatchingUp() || this.#place < group.end) return undefined;
    const position = frontier();
    if (position <= sent) return undefined;
    this.#position = position;
    return position;
  }

  /** `listener` is called at the end of each tick that brought something to read, and when the watch is over. */
  listen(listener: () => void): void {
    this.#listener = listener;
  }

  /** Calls who listens. */
  wake(): void {
    this.#listener?.();
  }

  /** Ends the watch. The first reason stays. */
  end(reason: WatchEnd): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#options.release(this);
  }

  #isCatchingUp(): boolean {
    return this.#number < this.#options.group.since;
  }

  #hasFallenOut(): boolean {
    const { log, group } = this.#options;
    return this.#isCatchingUp() ? this.#number < log.first : this.#place < group.first;
  }

  /** The next event between where the watcher began and where its group did. */
  #catchUp(): WatchEvent | undefined {
    const { log, group } = this.#options;
    for (let looked = 0; looked < CATCH_UP_SLICE && this.#isCatchingUp(); looked += 1) {
      const entry = log.entry(this.#number);
      if (entry === undefined) return undefined;
      this.#number += 1;
      const event = eventFor(entry, group.interest);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #nextOfGroup(): WatchEvent | undefined {
    if (this.#isCatchingUp()) return undefined;
    const event = this.#options.group.event(this.#place);
    if (event !== undefined) this.#place += 1;
    return event;
  }

  /** A watch that starts ahead of the log (another replica was faster) is silent until the log has caught up. */
  #isNew({ position, late }: LogEntry): boolean {
    const { from } = this.#options;
    return position > from || (position === from && late);
  }
}
