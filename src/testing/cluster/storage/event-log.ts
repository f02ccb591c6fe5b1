/**
 * The log of one resource's latest events. Watches read from it by position, and snapshots of the past are computed
 * from it.
 * @module
 */
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import type { ResourceKind } from '../kinds/resource-kind.ts';

/**
 * The number of events that the log removes at a time, because removing from the front of an array takes time in
 * proportion to its length.
 */
const TRIM_STEP = 1024;

/**
 * The latest events of one resource, oldest first. Each event has a position that never changes: the number of events
 * before it since the start. Readers keep a position (see http/watcher.ts). If it is below
 * {@link EventLog.start}, the log has dropped their next event.
 */
export class EventLog {
  readonly #limit: number;
  #events: StorageEvent[] = [];
  /** The index in `#events` of the oldest event that is still in the log. */
  #head = 0;
  /** The position of `#events[0]`. */
  #offset = 0;
  /** All events with a greater revision are in the log. */
  #floor: number;

  constructor(limit: number, floor: number) {
    this.#limit = limit;
    this.#floor = floor;
  }

  /** The lowest revision from which a reader misses no event. */
  get floor(): number {
    return this.#floor;
  }

  /** The position of the oldest event. */
  get start(): number {
    return this.#offset + this.#head;
  }

  /** The position of the next event. */
  get end(): number {
    return this.#offset + this.#events.length;
  }

  append(event: StorageEvent): void {
    this.#events.push(event);
    if (this.#events.length - this.#head > this.#limit) this.#drop(1);
  }

  /** Drops all events. `floor` is the revision of the last event or a later one. */
  clear(floor: number): void {
    this.#drop(this.#events.length - this.#head);
    this.#floor = Math.max(this.#floor, floor);
  }

  /** Returns the event at a position, or undefined outside the log. */
  at(position: number): StorageEvent | undefined {
    return position < this.start ? undefined : this.#events[position - this.#offset];
  }

  /** Returns the position of the first event with a greater revision. */
  positionAfter(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return this.#offset + low;
  }

  #drop(count: number): void {
    const last = this.#events[this.#head + count - 1];
    this.#head += count;
    // Several events may share a revision. A reader that needs the dropped event must not start from a revision below the floor.
    const oldest = this.#events[this.#head];
    if (last !== undefined) this.#floor = Math.max(last.revision, oldest === undefined ? 0 : oldest.revision - 1);
    if (this.#head >= TRIM_STEP) {
      this.#events = this.#events.slice(this.#head);
      this.#offset += this.#head;
      this.#head = 0;
    }
  }
}

/** A change of one object. */
export interface StorageEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: ResourceKind;
  /** `pods`, `deployments.apps` */
  readonly resource: string;
  /** `namespace/name`, or `name` in cluster scope. */
  readonly key: string;
  /** The stored object. For DELETED it is the last content with the revision of the deletion. */
  readonly object: CompleteObject;
  /** The object before the change; undefined for ADDED. */
  readonly previous: CompleteObject | undefined;
  /** The revision of the write. Deletions by an expired lease share one revision. */
  readonly revision: number;
}
