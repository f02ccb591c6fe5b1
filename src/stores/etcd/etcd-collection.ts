/**
 * The objects of one resource in etcd, as a collection.
 *
 * ```
 *   idle ──first subscriber──► reading ── complete state at a revision ──► watching from the revision after
 *                              ▲  │ ▲                                       │  ▲  │
 *                              └──┘ └────────── compacted, set back ────────┘  └──┘ cut, no leader, silent: from where it was
 * ```
 *
 * What is promised:
 * - Each revision is applied once, in order; the frontier moves with it, and never goes back. What a watch that was opened again
 *   delivers a second time is dropped.
 * - What was compacted away is made up for by a new complete state: readers see the difference, as with any relist.
 * - Every write of a store has a revision of its own. Where somebody else has written several keys of the resource in one transaction,
 *   or a lease has taken them, the whole revision is applied as a relist is: a reader who has been told of one of its events and is cut
 *   off must not resume behind the others.
 * - A value that is no object is left out and reported ({@link Collection.errors}); an object that was there before it is deleted.
 * - A state before one that was read is refused ({@link RevisionsWentBackError}).
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { Backoff } from '../../informers/collection/backoff.ts';
import { delay } from '../../clock.ts';
import type { RowError } from '../../informers/collection/errors.ts';
import { reasonOf } from '../../informers/collection/errors.ts';
import { SourceCollection } from '../../informers/collection/source-collection.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import { RevisionCompactedError, RevisionsWentBackError, StoreRefusedError, StoreUnavailableError } from '../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { withRevision } from '../stored-value.ts';
import type { EtcdCollectionOptions } from './etcd-collection-options.ts';
import { pages } from './etcd-list.ts';
import { EtcdIngest, type IngestedKey } from './etcd-ingest.ts';
import type { WatchEvent, WatchResponse } from './etcd-messages.ts';
import { type RevisionBatch, RevisionBatches } from './revision-batches.ts';
import { WatchProgress } from './watch-progress.ts';

type Step = 'reading' | 'watching';

/** See the top of this file. */
export class EtcdCollection extends SourceCollection<StoredObject> {
  readonly #options: EtcdCollectionOptions;
  readonly #ingest: EtcdIngest;
  override readonly errors: ReadonlyMap<string, RowError>;
  protected override ownErrors = 0;
  #lifetime: LinkedAbort | undefined;
  /** Nothing has come since the last complete state. */
  #freshList = false;
  #failure: unknown;
  #subscriberFailure: string | undefined;
  #lastActivity: number | undefined;
  #unsyncedSince: number;

  constructor(options: EtcdCollectionOptions) {
    super(options.name, 'unique');
    this.#options = options;
    this.#ingest = new EtcdIngest(options.name, options.keys);
    this.errors = this.#ingest.errors;
    this.#unsyncedSince = options.clock.now();
  }

  override sources(): SourceStatus[] {
    const failure = this.#failure === undefined ? undefined : reasonOf(this.#failure);
    const waiting = this.hasSynced ? undefined : 'the first complete state has not arrived';
    const message = failure ?? this.#ingest.message ?? this.#subscriberFailure ?? waiting;
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasSynced && !(this.#failure instanceof RevisionsWentBackError),
        message: this.connected ? message : 'not running: nobody has subscribed',
        lastActivity: this.#lastActivity,
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    const { clock, signal } = this.#options;
    if (signal?.aborted === true) return;
    const lifetime = new LinkedAbort(signal);
    this.#lifetime = lifetime;
    this.#unsyncedSince = clock.now();
    this.#failure = undefined;
    // Inside a tick: requests go out when it has ended.
    queueMicrotask(() => void this.#run(lifetime.signal));
  }

  protected override stop(): void {
    this.#lifetime?.abort(new StoreUnavailableError(`${this.name}: nobody is subscribed any more`));
    this.#lifetime = undefined;
    this.#unsyncedSince = this.#options.clock.now();
    this.#ingest.clear();
    this.ownErrors = 0;
    this.forget();
  }

  /** Never rejects. Writes nothing after the signal. */
  async #run(signal: AbortSignal): Promise<void> {
    const { backoff: timing, clock, random } = this.#options;
    const backoff = new Backoff(clock, random, timing);
    const release = clock.hold?.();
    let step: Step = 'reading';
    while (!signal.aborted) {
      try {
        if (step === 'reading') await this.#read(signal);
        else await this.#watch(signal);
        step = 'watching';
      } catch (error) {
        if (signal.aborted) break;
        const compacted = error instanceof RevisionCompactedError;
        // Compaction is no failure. What is compacted as soon as it has been listed would have us list without pause, though.
        if (!compacted || this.#freshList) {
          this.#failure = error;
          await delay(clock, backoff.next(), signal);
        }
        const resumes = error instanceof StoreUnavailableError || error instanceof StoreRefusedError;
        step = step === 'watching' && resumes ? 'watching' : 'reading';
      }
    }
    release?.();
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { keys, pageSize, reader } = this.#options;
    const kept: IngestedKey[] = [];
    let revision = 0;
    for await (const page of pages(reader, keys, pageSize, signal)) {
      signal.throwIfAborted();
      this.#heard();
      revision = page.revision;
      this.#refuseOlder(revision);
      for (const kv of page.kvs) kept.push(this.#ingest.read(kv));
    }
    const objects = this.#ingest.takeAll(kept);
    this.ownErrors = this.errors.size;
    this.#failure = undefined;
    this.#freshList = true;
    this.#tell(() => this.replaceAll(objects, revision));
  }

  async #watch(signal: AbortSignal): Promise<never> {
    const { clock, keys, progressInterval, reader } = this.#options;
    const { first: key, end: rangeEnd } = keys;
    const startRevision = this.#position + 1;
    const watch = await reader.watch({ key, rangeEnd, startRevision, progressNotify: true, fragment: true }, signal);
    const progress = new WatchProgress(watch, clock, progressInterval);
    const batches = new RevisionBatches();
    try {
      for await (const response of watch.responses) {
        signal.throwIfAborted();
        progress.heard();
        this.#heard();
        await this.#take(response, batches, signal);
      }
    } finally {
      progress.stop();
      watch.cancel(new StoreUnavailableError(`${this.name}: the watch is closed`));
    }
    throw new StoreUnavailableError(`${this.name}: the watch has ended`);
  }

  async #take(response: WatchResponse, batches: RevisionBatches, signal: AbortSignal): Promise<void> {
    const { created, canceled, compactRevision, cancelReason, events, header } = response;
    if (compactRevision > 0) throw new RevisionCompactedError(this.#position + 1);
    if (canceled) throw new StoreUnavailableError(`${this.name}: etcd has ended the watch: ${cancelReason}`);
    if (created) {
      // A member that lags is behind as well; it only has to catch up.
      if (header.revision < this.#position) await this.#refuseSetBack(signal);
      this.#failure = undefined;
      return;
    }
    this.#freshList = false;
    for (const batch of batches.take(response)) this.#apply(batch);
    // The revision of an answer with events is that of etcd, which may have gone on.
    if (events.length === 0 && header.revision > this.#position) this.#tell(() => this.advance(header.revision));
  }

  /** What has been read, and must not be read again. */
  get #position(): number {
    return this.frontier ?? 0;
  }

  #refuseOlder(revision: number): void {
    if (revision < this.#position) throw new RevisionsWentBackError(revision, this.#position);
  }

  async #refuseSetBack(signal: AbortSignal): Promise<void> {
    const { header } = await this.#options.reader.range({ key: this.#options.keys.first, limit: 1 }, signal);
    signal.throwIfAborted();
    this.#refuseOlder(header.revision);
  }

  #apply({ revision, events }: RevisionBatch): void {
    if (revision <= this.#position) return;
    const [event] = events;
    if (event !== undefined && events.length === 1) this.#applyOne(event, revision);
    else this.#applyTogether(events, revision);
    this.ownErrors = this.errors.size;
  }

  #applyOne(event: WatchEvent, revision: number): void {
    const change = this.#ingest.takeEvent(event);
    const last = this.store.get(change.key);
    if (change.object !== undefined) {
      const { object } = change;
      const type = last === undefined ? 'ADDED' : 'MODIFIED';
      this.#tell(() => this.applyEvent({ type, object, version: revision }));
    } else if (last === undefined) {
      this.#tell(() => this.advance(revision));
    } else {
      const object = withRevision({ object: last, revision });
      this.#tell(() => this.applyEvent({ type: 'DELETED', object, version: revision }));
    }
  }

  #applyTogether(events: readonly WatchEvent[], revision: number): void {
    const next = new Map(this.store.entries());
    for (const event of events) {
      const { key, object } = this.#ingest.takeEvent(event);
      if (object === undefined) next.delete(key);
      else next.set(key, object);
    }
    this.#tell(() => this.replaceAll(next.values(), revision));
  }

  #heard(): void {
    this.#lastActivity = this.#options.clock.now();
  }

  /** The write is made, whatever its readers do; what they throw is theirs, and no reason to read again. */
  #tell(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
    }
  }
}
