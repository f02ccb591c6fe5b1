/**
 * The watchers with one interest, and the events that they receive. Each change is evaluated once for all of them.
 *
 * A group keeps the running number and the type of each event, in eight bytes. The rows stay in the log. The group can drop its oldest
 * events at any time: watchers that have not read them evaluate the entries of the log instead. If the change makes a row match the
 * interest, the event is ADDED; if the row no longer matches, it is DELETED.
 * @module
 */
import type { LogEntry } from './log-entry.ts';
import type { Interest, InterestCondition, ShardCondition } from './interest.ts';
import type { Row } from './row.ts';

const TYPES = ['ADDED', 'MODIFIED', 'DELETED'] as const;
type EventType = (typeof TYPES)[number];

/** The size of a kept event in bytes. */
export const EVENT_BYTES = 8;

/** A change as the watchers of an interest see it (conformance 2.4). */
export interface SelectedEvent {
  readonly type: EventType;
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

/** The events of one interest. */
export class InterestGroup {
  readonly interest: Interest;
  #since: number;
  /** The running number of each event times the number of types, plus the index of its type. */
  #kept: number[] = [];

  /** @param since the running number of the first log entry that will be offered */
  constructor(interest: Interest, since: number) {
    this.interest = interest;
    this.#since = since;
  }

  get condition(): InterestCondition | undefined {
    return this.interest.condition;
  }

  get shard(): ShardCondition | undefined {
    return this.interest.shard;
  }

  /** The group has the event of every log entry with this running number or a higher one. */
  get since(): number {
    return this.#since;
  }

  /** The number of events that the group keeps. */
  get size(): number {
    return this.#kept.length;
  }

  /** The running number of the first event that is not before `number`; undefined if no event follows. */
  next(number: number): number | undefined {
    const code = this.#kept[this.#indexOf(number)];
    return code === undefined ? undefined : numberOf(code);
  }

  /** The event of the log entry with this running number; undefined if the entry does not concern the group. */
  event(number: number, entry: LogEntry): SelectedEvent | undefined {
    const code = this.#kept[this.#indexOf(number)];
    if (code === undefined || numberOf(code) !== number) return undefined;
    const type = TYPES[code % TYPES.length] ?? 'MODIFIED';
    const row = type === 'DELETED' ? entry.before : entry.after;
    return row === undefined ? undefined : { type, row, entry };
  }

  /** Adds a change if it concerns the group. @returns whether it does */
  offer(number: number, entry: LogEntry): boolean {
    const event = eventFor(entry, this.interest);
    if (event === undefined) return false;
    this.#kept.push(number * TYPES.length + TYPES.indexOf(event.type));
    return true;
  }

  /**
   * Drops the events of log entries before a running number, if these are half of the events or more: a smaller part is not worth the copy
   * of the rest.
   * @returns the number of dropped events
   */
  dropBefore(number: number): number {
    const dropped = this.#indexOf(number);
    const last = this.#kept[dropped - 1];
    if (last === undefined || dropped * 2 < this.#kept.length) return 0;
    this.#kept = this.#kept.slice(dropped);
    this.#since = Math.max(this.#since, numberOf(last) + 1);
    return dropped;
  }

  /** The index of the first event that is not before a running number. */
  #indexOf(number: number): number {
    // Most watchers have read all events, or all but the last.
    const last = this.#kept.length - 1;
    if (last < 0 || numberOf(this.#kept[last] ?? 0) < number) return last + 1;
    if (last > 0 && numberOf(this.#kept[last - 1] ?? 0) < number) return last;
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numberOf(this.#kept[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function numberOf(code: number): number {
  return Math.floor(code / TYPES.length);
}
