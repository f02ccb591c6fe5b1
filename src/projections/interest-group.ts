/**
 * The watchers that select the same rows, and what they are to hear: found out once for all of them.
 *
 * A group keeps the running numbers of the log entries that concern it, and what each is to its watchers (a row that starts to match is
 * ADDED, one that stops is DELETED). It holds no rows of its own: an entry that falls out of the log falls out here.
 * @module
 */
import type { ChangeLog, LogEntry } from './change-log.ts';
import type { Interest, InterestCondition } from './interest.ts';
import type { Row } from './row.ts';

/** A change as a watcher of some interest sees it (api-semantics 2.4). */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The row now; of a DELETED the row as it was when it last matched. */
  readonly row: Row;
  readonly entry: LogEntry;
}

/** What a change is to those of an interest; undefined: nothing. */
export function eventFor(entry: LogEntry, interest: Interest): WatchEvent | undefined {
  const before = entry.before !== undefined && interest.matches(entry.before) ? entry.before : undefined;
  const after = entry.after !== undefined && interest.matches(entry.after) ? entry.after : undefined;
  if (after !== undefined) return { type: before === undefined ? 'ADDED' : 'MODIFIED', row: after, entry };
  return before === undefined ? undefined : { type: 'DELETED', row: before, entry };
}

interface Kept {
  /** Running number in the log. */
  readonly number: number;
  readonly event: WatchEvent;
}

/** See the top of this file. */
export class InterestGroup {
  readonly interest: Interest;
  /** From this running number of the log on, everything that concerns the group is here. */
  readonly since: number;
  #kept: Kept[] = [];
  #head = 0;
  /** How many were here before `#kept[0]`. */
  #base = 0;

  constructor(interest: Interest, since: number) {
    this.interest = interest;
    this.since = since;
  }

  get condition(): InterestCondition | undefined {
    return this.interest.condition;
  }

  /** Where the next event will be. */
  get end(): number {
    return this.#base + this.#kept.length;
  }

  /** Where the oldest event is that has not fallen out of the log. */
  get first(): number {
    return this.#base + this.#head;
  }

  /** The event at a place; undefined when it has not come yet, or has fallen out. */
  event(place: number): WatchEvent | undefined {
    const index = place - this.#base;
    return index < this.#head ? undefined : this.#kept[index]?.event;
  }

  /** The place of the first event of this running number of the log or a later one. */
  placeOf(number: number): number {
    let place = this.#kept.length;
    while (place > this.#head && (this.#kept[place - 1]?.number ?? -1) >= number) place -= 1;
    return this.#base + place;
  }

  /** Takes a change if it concerns the group. @returns whether it does */
  offer(number: number, entry: LogEntry): boolean {
    const event = eventFor(entry, this.interest);
    if (event === undefined) return false;
    this.#kept.push({ number, event });
    return true;
  }

  /** Lets go of what has fallen out of the log. */
  trim(log: ChangeLog): void {
    for (
      let oldest = this.#kept[this.#head];
      oldest !== undefined && oldest.number < log.first;
      oldest = this.#kept[this.#head]
    ) {
      this.#head += 1;
    }
    if (this.#head === 0 || this.#head * 2 < this.#kept.length) return;
    this.#base += this.#head;
    this.#kept = this.#kept.slice(this.#head);
    this.#head = 0;
  }
}
