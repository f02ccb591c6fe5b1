import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';
import type { ResourceKind } from './resource-kind.ts';

/** Removing from the front of an array costs its length, so it is done for this many events at a time. */
const TRIM_STEP = 1024;

/**
 * The latest events of one resource, oldest first. Each has a position that never changes: the number of events that came
 * before it since the beginning. Readers hold a position (see watches.ts) and are told when it has fallen out.
 */
export class EventLog {
  readonly #limit: number;
  #events: StorageEvent[] = [];
  /** Index in `#events` of the oldest event that is still part of the log. */
  #head = 0;
  /** Position of `#events[0]`. */
  #offset = 0;
  /** Every event with a greater revision is in the log. */
  #floor: number;

  constructor(limit: number, floor: number) {
    this.#limit = limit;
    this.#floor = floor;
  }

  /** The lowest revision a reader can go on from: it misses nothing. */
  get floor(): number {
    return this.#floor;
  }

  /** The position of the oldest event. */
  get start(): number {
    return this.#offset + this.#head;
  }

  /** The position the next event will have. */
  get end(): number {
    return this.#offset + this.#events.length;
  }

  append(event: StorageEvent): void {
    this.#events.push(event);
    if (this.#events.length - this.#head > this.#limit) this.#drop(1);
  }

  /** Forgets everything up to the given revision, which is that of the last event or later. */
  clear(floor: number): void {
    this.#drop(this.#events.length - this.#head);
    this.#floor = Math.max(this.#floor, floor);
  }

  /** The event at a position; undefined outside the log. */
  at(position: number): StorageEvent | undefined {
    return position < this.start ? undefined : this.#events[position - this.#offset];
  }

  /** The position of the first event with a greater revision. */
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
    // Several events may share a revision; a reader that stands before the dropped one would miss it.
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
  /** What is stored now; for DELETED the last content with the revision of the deletion. */
  readonly object: CompleteObject;
  /** What was stored before; undefined for ADDED. */
  readonly previous: CompleteObject | undefined;
  /** The revision of the write. Deletions by a lease that ran out share one. */
  readonly revision: number;
}
