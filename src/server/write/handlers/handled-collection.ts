/**
 * The objects of a handlers' resource, as a collection.
 * @module
 */
import type { Clock } from '../../../clock.ts';
import { reasonOf } from '../../../informers/collection/errors.ts';
import { SourceCollection, type SourceEvent } from '../../../informers/collection/source-collection.ts';
import { NO_STATE_YET, SUBSCRIBER_FAILED, type SourceStatus } from '../../../informers/collection/source-status.ts';
import type { StoredObject } from '../../../stores/object-store.ts';

/** Keeps a collection up to date while it has subscribers. */
export interface Feed {
  /** Reads the objects until the signal is aborted. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** The current failure; undefined while the feed works. */
  readonly trouble: string | undefined;
  /** The time of the last result, in milliseconds since the epoch; undefined before the first one. */
  readonly lastActivity: number | undefined;
}

/**
 * The objects of one resource. Only `KnownObjects` writes to the collection. Views over it have the scheme `local`, because each replica
 * assigns its own revisions.
 *
 * With a feed, the collection has synced when the feed delivers the first complete state, and it forgets its objects when it loses its last
 * subscriber. Without a feed, it contains the objects of earlier reads and writes, and has synced from the start.
 */
export class HandledCollection extends SourceCollection<StoredObject> {
  /** Set once, before the first subscription, because the feed and the collection refer to each other. */
  feed: Feed | undefined;
  /** Called when the objects are forgotten. */
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

  /** Replaces all objects in one tick. */
  setAll(objects: Iterable<StoredObject>): void {
    this.#write(() => this.replaceAll(objects, undefined));
  }

  /** Applies a change. Does nothing before the first complete state, because that state will contain the change. */
  apply(type: SourceEvent<StoredObject>['type'], object: StoredObject): void {
    if (this.hasSynced) this.#write(() => this.applyEvent({ type, object, version: undefined }));
  }

  override sources(): SourceStatus[] {
    const { feed, hasSynced } = this;
    const isIdle = feed !== undefined && this.#running === undefined;
    const trouble = isIdle ? 'not running: it has no subscribers' : feed?.trouble;
    return [
      {
        name: this.name,
        hasSynced,
        ready: hasSynced,
        message: trouble ?? this.#subscriberFailure ?? (hasSynced ? undefined : NO_STATE_YET),
        // The feed logs its own trouble.
        cause: trouble === undefined && this.#subscriberFailure !== undefined ? SUBSCRIBER_FAILED : undefined,
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
    // `start` is called within a tick. The first call of a handler must not run in it.
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

  /** Reports an error of a subscriber in the status, so that it does not look like a failed write or a failed handler. */
  #write(write: () => void): void {
    try {
      write();
      this.#subscriberFailure = undefined;
    } catch (error) {
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
      this.reportStatus();
    }
  }
}
