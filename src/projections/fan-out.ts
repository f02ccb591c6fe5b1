/**
 * Delivers changes to watchers. Watchers with the same interest form a group, and a change is evaluated once for each group that it may
 * concern.
 *
 * Cost of a change: lookups by the properties of the row, one evaluation for each group that was found, and one wake-up for each watcher
 * in it. The events that all groups keep share one bound.
 * @module
 */
import { type ChangeLog, DEFAULT_LOG_BOUNDS } from './change-log.ts';
import { EVERYTHING, type Interest, InterestIndex } from './interest.ts';
import { EVENT_BYTES, InterestGroup } from './interest-group.ts';
import { type CursorOptions, WatchCursor, type WatchEnd } from './watch-cursor.ts';

/** The number of changes after which groups drop the events that their watchers have read, or that no watcher reads. */
const SWEEP_INTERVAL = 1024;

const NONE: ReadonlySet<bigint> = new Set();

/** The watches of one view. */
export class FanOut {
  readonly #cursors = new Set<WatchCursor>();
  /** The watches that started ahead of the view and that it has not reached yet. */
  readonly #ahead = new Set<WatchCursor>();
  readonly #groups = new Map<string, InterestGroup>();
  readonly #members = new Map<InterestGroup, Set<WatchCursor>>();
  readonly #index = new InterestIndex<InterestGroup>();
  readonly #maxBytes: number;
  /** The number of events that all groups keep. */
  #kept = 0;
  /** The running number of the next log entry to dispatch. */
  #next = 0;
  /** The number of changes that were dispatched since the last sweep. */
  #sinceSweep = 0;
  /** The running number of the first change that was dispatched after the last sweep. */
  #swept = 0;
  /** The watchers to notify at the end of the tick. */
  readonly #waking = new Set<WatchCursor>();

  /** @param maxBytes the maximum number of bytes that the groups keep together; see {@link LogBounds.groupBytes} */
  constructor(maxBytes: number = DEFAULT_LOG_BOUNDS.groupBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The number of open watches. */
  get size(): number {
    return this.#cursors.size;
  }

  /** The number of groups of watchers with the same interest. */
  get groups(): number {
    return this.#groups.size;
  }

  /** The number of bytes that all groups keep. */
  get bytes(): number {
    return this.#kept * EVENT_BYTES;
  }

  /**
   * Opens a cursor on the changes after a position.
   * @param start everything that the cursor needs but its group; without `next`, the watch starts ahead of the view
   */
  open(
    log: ChangeLog,
    { next, ...start }: Pick<CursorOptions, 'from' | 'frontier' | 'placeOf'> & { readonly next: number | undefined },
    interest: Interest = EVERYTHING,
  ): WatchCursor {
    // While the view had no watchers, nothing was dispatched. The first group begins at the end of the log.
    if (this.#groups.size === 0) this.#next = log.nextNumber;
    const group = this.#groupOf(interest);
    const release = (ended: WatchCursor): void => this.#release(ended);
    const cursor = new WatchCursor({ ...start, log, group, next: next ?? log.nextNumber, release });
    if (next === undefined) this.#ahead.add(cursor);
    this.#cursors.add(cursor);
    this.#members.get(group)?.add(cursor);
    return cursor;
  }

  /** Offers the entries logged since the last call to the groups that they may concern. {@link wake} notifies the watchers. */
  dispatch(log: ChangeLog): void {
    if (this.#groups.size === 0) return;
    // The log has already dropped entries of this tick, so no watcher can receive all of them.
    if (this.#next < log.firstNumber) {
      this.endAll('too slow');
      return;
    }
    const touched = new Set<InterestGroup>();
    while (this.#next < log.nextNumber) {
      this.#dispatchOne(log, touched);
      this.#next += 1;
      if (this.bytes > this.#maxBytes) this.#shrink();
    }
    for (const group of touched) {
      for (const cursor of this.#members.get(group) ?? []) this.#waking.add(cursor);
    }
    if (this.#sinceSweep >= SWEEP_INTERVAL) this.#sweep();
  }

  /**
   * Notifies each watcher that has something to read, or that was ended, once.
   * @throws AggregateError of the errors that watchers threw, after all of them were notified
   */
  wake(): void {
    const errors: unknown[] = [];
    for (const cursor of this.#waking) {
      this.#waking.delete(cursor);
      try {
        cursor.wake();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some watchers failed to read their changes');
  }

  /** Ends all watches. */
  endAll(reason: WatchEnd): void {
    for (const cursor of this.#cursors) this.#endOne(cursor, reason);
  }

  /** Ends the watches that have read beyond a place. */
  endBeyond(place: bigint, reason: WatchEnd): void {
    for (const cursor of this.#cursors) if (cursor.place > place) this.#endOne(cursor, reason);
  }

  /** The positions of the watches that started ahead of the view and that it has not reached yet. */
  get ahead(): ReadonlySet<bigint> {
    if (this.#ahead.size === 0) return NONE;
    return new Set(Array.from(this.#ahead, ({ position }) => position));
  }

  /** Ends the watches that started ahead of the view, at a place or beyond it: the view will never reach them. */
  expireAhead(place: bigint): void {
    for (const cursor of this.#ahead) if (cursor.place >= place) this.#endOne(cursor, 'expired');
  }

  /**
   * Checks the watches that started ahead of the view and that it has reached now.
   * @param isHonoured returns whether the rows at a position are those that the client has
   */
  reach(place: bigint, isHonoured: (position: bigint) => boolean): void {
    for (const cursor of this.#ahead) {
      if (cursor.place > place) continue;
      this.#ahead.delete(cursor);
      if (!isHonoured(cursor.position)) this.#endOne(cursor, 'expired');
    }
  }

  #endOne(cursor: WatchCursor, reason: WatchEnd): void {
    cursor.end(reason);
    this.#waking.add(cursor);
  }

  /** Drops the events that are no longer needed, and ends the watchers that have fallen behind the log. */
  #sweep(): void {
    for (const [group, members] of this.#members) this.#drop(group, this.#neededFrom(group, members));
    this.#sinceSweep = 0;
    this.#swept = this.#next;
    for (const cursor of this.#cursors) if (cursor.ended !== undefined) this.#waking.add(cursor);
  }

  /**
   * The running number of the first event that a group needs: the first one that a watcher has not read. Watchers that have not read since
   * the last sweep do not count. They evaluate the log when they read again.
   */
  #neededFrom(group: InterestGroup, members: ReadonlySet<WatchCursor>): number {
    let first = this.#next;
    for (const cursor of members) {
      const unread = group.next(cursor.number);
      if (unread !== undefined && unread >= this.#swept && unread < first) first = unread;
    }
    return first;
  }

  /** Makes room: first drops what {@link #sweep} drops, and if half of the bound is still used, everything. */
  #shrink(): void {
    this.#sweep();
    if (this.bytes * 2 <= this.#maxBytes) return;
    for (const group of this.#groups.values()) this.#drop(group, this.#next);
  }

  #drop(group: InterestGroup, before: number): void {
    this.#kept -= group.dropBefore(before);
  }

  #dispatchOne(log: ChangeLog, touched: Set<InterestGroup>): void {
    const number = this.#next;
    const entry = log.entry(number);
    if (entry === undefined) return;
    this.#sinceSweep += 1;
    const concerned = new Set<InterestGroup>();
    if (entry.before !== undefined) this.#index.collect(entry.before, concerned);
    if (entry.after !== undefined) this.#index.collect(entry.after, concerned);
    for (const group of concerned) {
      if (!group.offer(number, entry)) continue;
      this.#kept += 1;
      touched.add(group);
    }
  }

  #groupOf(interest: Interest): InterestGroup {
    const known = this.#groups.get(interest.id);
    if (known !== undefined) return known;
    const group = new InterestGroup(interest, this.#next);
    this.#groups.set(interest.id, group);
    this.#members.set(group, new Set());
    this.#index.add(group);
    return group;
  }

  #release(cursor: WatchCursor): void {
    const { group } = cursor;
    this.#cursors.delete(cursor);
    this.#ahead.delete(cursor);
    this.#waking.delete(cursor);
    const members = this.#members.get(group);
    members?.delete(cursor);
    if (members === undefined || members.size > 0) return;
    this.#kept -= group.size;
    this.#members.delete(group);
    this.#groups.delete(group.interest.id);
    this.#index.delete(group);
  }
}
