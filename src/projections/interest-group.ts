/**
 * The watchers with one interest, and the events that they receive. Each event is computed once for all of them.
 *
 * A group keeps an event for each log entry that concerns it. If the change makes a row match the interest, the event is ADDED; if the row
 * no longer matches, it is DELETED. When the log drops an entry, the group drops its event. The *place* of an event is its running number
 * in the group. It is not the running number of the entry in the log.
 * @module
 */
import type { ChangeLog, LogEntry } from './change-log.ts';
import type { Interest, InterestCondition } from './interest.ts';
import type { Row } from './row.ts';

/** A change as the watchers of an interest see it (conformance 2.4). */
export interface SelectedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The row after the change. For DELETED: the row as it was when it last matched. */
  readonly row: Row;
  readonly entry: LogEntry;
}

/** Returns the event that a change causes for the watchers of an interest; undefined if it does not concern them. */
export function eventFor(entry: LogEntry, interest: Interest): SelectedEvent | undefined {
  const before = entry.before !== undefined && interest.matches(entry.before) ? entry.before : undefined;
  const after = entry.after !== undefined && interest.matches(entry.after) ? entry.after : undefined;
  if (after !== undefined) return { type: before === undefined ? 'ADDED' : 'MODIFIED', row: after, entry };
  return before === undefined ? undefined : { type: 'DELETED', row: before, entry };
}

/** An event of the group. */
interface NumberedEvent {
  /** The running number of its entry in the log. */
  readonly number: number;
  readonly event: SelectedEvent;
}

/** The events of one interest. */
export class InterestGroup {
  readonly interest: Interest;
  /** The running number of the log entry at which the group begins. It has every later entry that concerns it. */
  readonly since: number;
  #kept: NumberedEvent[] = [];
  #head = 0;
  /** The place of `#kept[0]`. */
  #base = 0;

  constructor(interest: Interest, since: number) {
    this.interest = interest;
    this.since = since;
  }

  get condition(): InterestCondition | undefined {
    return this.interest.condition;
  }

  /** The place of the next event. */
  get end(): number {
    return this.#base + this.#kept.length;
  }

  /** The place of the oldest event that the log has not dropped. */
  get first(): number {
    return this.#base + this.#head;
  }

  /** The event at a place; undefined if it has not happened yet or was dropped. */
  event(place: number): SelectedEvent | undefined {
    const index = place - this.#base;
    return index < this.#head ? undefined : this.#kept[index]?.event;
  }

  /** The place of the first event whose log entry has this running number or a higher one. */
  placeOf(number: number): number {
    let place = this.#kept.length;
    while (place > this.#head && (this.#kept[place - 1]?.number ?? -1) >= number) place -= 1;
    return this.#base + place;
  }

  /** Adds a change if it concerns the group. @returns whether it does */
  offer(number: number, entry: LogEntry): boolean {
    const event = eventFor(entry, this.interest);
    if (event === undefined) return false;
    this.#kept.push({ number, event });
    return true;
  }

  /** Drops the events whose entries the log has dropped. */
  trim(log: ChangeLog): void {
    for (
      let oldest = this.#kept[this.#head];
      oldest !== undefined && oldest.number < log.firstNumber;
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
