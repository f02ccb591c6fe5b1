/**
 * The objects of a resource by handlers, as a collection.
 * @module
 */
import type { Clock } from '../../../clock.ts';
import { reasonOf } from '../../../informers/collection/errors.ts';
import { SourceCollection, type SourceEvent } from '../../../informers/collection/source-collection.ts';
import type { SourceStatus } from '../../../informers/collection/source-status.ts';
import type { StoredObject } from '../../../stores/object-store.ts';

/** What keeps a collection up to date, while somebody subscribes to it. */
export interface Feed {
  /** Runs until the signal is aborted. Fails never. */
  run(signal: AbortSignal): Promise<void>;
  /** What it suffers from now; undefined when all is well. */
  readonly trouble: string | undefined;
  /** Milliseconds since the epoch; undefined before anything was heard. */
  readonly lastActivity: number | undefined;
}

/**
 * Objects without versions: views over it are of scheme `local`, since each replica numbers what it observes by itself. Written by
 * `KnownObjects` only. With a feed it is synced when the feed has the first complete state, and forgets when nobody subscribes; without,
 * it holds what writes and reads have come by, from the beginning.
 */
export class HandledCollection extends SourceCollection<StoredObject> {
  /** Set once, before anybody subscribes: a feed writes to the collection that it feeds. */
  feed: Feed | undefined;
  /** Told when the objects are forgotten. */
  onForget: () => void = () => undefined;
  readonly #clock: Clock;
  #running: AbortController | undefined;
  #unsyncedSince: number;
  #subscriberFailure: string | undefined;

  constructor(name: string, clock: Clock) {
    super(name, 'none');
    this.#clock = clock;
    this.#unsyncedSince = clock.now();
  }

  /** The complete state, in one tick. */
  complete(objects: Iterable<StoredObject>): void {
    this.#write(() => this.replaceAll(objects, undefined));
  }

  /** A change. Nothing before the first complete state: that will have it. */
  changed(type: SourceEvent<StoredObject>['type'], object: StoredObject): void {
    if (this.hasSynced) this.#write(() => this.applyEvent({ type, object, version: undefined }));
  }

  override sources(): SourceStatus[] {
    const { feed, hasSynced } = this;
    const isIdle = feed !== undefined && this.#running === undefined;
    const trouble = isIdle ? 'not running: nobody has subscribed' : feed?.trouble;
    return [
      {
        name: this.name,
        hasSynced,
        ready: hasSynced,
        message: trouble ?? this.#subscriberFailure ?? (hasSynced ? undefined : 'waiting for the first complete state'),
        lastActivity: feed === undefined ? this.#clock.now() : feed.lastActivity,
        unsyncedSince: hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  protected override get readable(): boolean {
    return this.feed === undefined || this.connected;
  }

  protected override start(): void {
    const { feed } = this;
    if (feed === undefined) return;
    const running = new AbortController();
    this.#running = running;
    this.#unsyncedSince = this.#clock.now();
    // Inside a tick: handlers are asked when it has ended.
    queueMicrotask(() => void feed.run(running.signal));
  }

  protected override stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    if (this.feed === undefined) return;
    this.#unsyncedSince = this.#clock.now();
    this.forget();
    this.onForget();
  }

  /** What subscribers throw is theirs, and must not look like a failed write or a bad handler. */
  #write(write: () => void): void {
    try {
      write();
      this.#subscriberFailure = undefined;
    } catch (error) {
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
    }
  }
}
