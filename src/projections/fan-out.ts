/**
 * From a change to those who watch it: each change is looked at once for each group of watchers that it may concern, and nobody else is
 * asked. Cost of a change: look-ups by what the row is, one evaluation for each group found, one wake-up for each watcher in it.
 * @module
 */
import type { ChangeLog } from './change-log.ts';
import { EVERYTHING, type Interest, InterestIndex } from './interest.ts';
import { InterestGroup } from './interest-group.ts';
import { WatchCursor, type WatchEnd } from './watch-cursor.ts';

/** After so many changes all groups let go of what has fallen out of the log. */
const SWEEP_INTERVAL = 1024;

/** The watches of one view. */
export class FanOut {
  readonly #cursors = new Set<WatchCursor>();
  readonly #groups = new Map<string, InterestGroup>();
  readonly #members = new Map<InterestGroup, Set<WatchCursor>>();
  readonly #index = new InterestIndex<InterestGroup>();
  /** Everything before this running number of the log has been handed out. */
  #done = 0;
  #sinceSweep = 0;
  readonly #waking = new Set<WatchCursor>();

  /** Open watches. */
  get size(): number {
    return this.#cursors.size;
  }

  /** Groups of watchers that select the same. */
  get groups(): number {
    return this.#groups.size;
  }

  /** A cursor on everything in the log after a position that it covers. */
  open(log: ChangeLog, from: bigint, frontier: () => bigint, interest: Interest = EVERYTHING): WatchCursor {
    // Nobody was there to be handed what came before; the first group begins here.
    if (this.#groups.size === 0) this.#done = log.end;
    const group = this.#groupOf(interest);
    const cursor = new WatchCursor({ log, group, from, frontier, release: (ended) => this.#release(ended) });
    this.#cursors.add(cursor);
    this.#members.get(group)?.add(cursor);
    return cursor;
  }

  /** Finds out whom what has been logged since the last time concerns. They are told by {@link wake}. */
  dispatch(log: ChangeLog): void {
    if (this.#groups.size === 0) return;
    // More at once than the log keeps: nobody can be told what fell out.
    if (this.#done < log.first) {
      this.endAll('too slow');
      return;
    }
    const touched = new Set<InterestGroup>();
    for (; this.#done < log.end; this.#done += 1) this.#handOut(log, touched);
    for (const group of touched) {
      group.trim(log);
      for (const cursor of this.#members.get(group) ?? []) this.#waking.add(cursor);
    }
    if (this.#sinceSweep >= SWEEP_INTERVAL) this.#sweep(log);
  }

  /**
   * Tells those whom something has happened to, each once.
   * @throws AggregateError of what they threw; everybody was told nevertheless
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
    if (errors.length > 0) throw new AggregateError(errors, 'some watchers failed when there was something to read');
  }

  /** Ends all watches. */
  endAll(reason: WatchEnd): void {
    for (const cursor of this.#cursors) this.#endOne(cursor, reason);
  }

  /** Ends those who have a position beyond this one. */
  endBeyond(position: bigint, reason: WatchEnd): void {
    for (const cursor of this.#cursors) if (cursor.position > position) this.#endOne(cursor, reason);
  }

  #endOne(cursor: WatchCursor, reason: WatchEnd): void {
    cursor.end(reason);
    this.#waking.add(cursor);
  }

  /** Lets go of what has fallen out of the log, and finds those who have not read for so long that they have fallen out with it. */
  #sweep(log: ChangeLog): void {
    this.#sinceSweep = 0;
    for (const group of this.#groups.values()) group.trim(log);
    for (const cursor of this.#cursors) if (cursor.ended !== undefined) this.#waking.add(cursor);
  }

  #handOut(log: ChangeLog, touched: Set<InterestGroup>): void {
    const number = this.#done;
    const entry = log.entry(number);
    if (entry === undefined) return;
    this.#sinceSweep += 1;
    const concerned = new Set<InterestGroup>();
    if (entry.before !== undefined) this.#index.collect(entry.before, concerned);
    if (entry.after !== undefined) this.#index.collect(entry.after, concerned);
    for (const group of concerned) if (group.offer(number, entry)) touched.add(group);
  }

  #groupOf(interest: Interest): InterestGroup {
    const known = this.#groups.get(interest.id);
    if (known !== undefined) return known;
    const group = new InterestGroup(interest, this.#done);
    this.#groups.set(interest.id, group);
    this.#members.set(group, new Set());
    this.#index.add(group);
    return group;
  }

  #release(cursor: WatchCursor): void {
    const { group } = cursor;
    this.#cursors.delete(cursor);
    this.#waking.delete(cursor);
    const members = this.#members.get(group);
    members?.delete(cursor);
    if (members === undefined || members.size > 0) return;
    this.#members.delete(group);
    this.#groups.delete(group.interest.id);
    this.#index.delete(group);
  }
}
