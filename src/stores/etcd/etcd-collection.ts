/**
 * The objects of one resource in etcd, as a collection: it lists them, and then watches from the revision of the list.
 *
 * ```
 *   idle ──first subscriber──► listing ── complete state at a revision ──► watching from the next revision
 *                              ▲  │ ▲                                       │  ▲  │
 *                  failed list └──┘ └── compacted, restored from a backup ──┘  └──┘ connection lost, no leader, silent
 * ```
 *
 * Promises:
 * - Each revision is applied once and in order. The frontier moves with it and never goes back. Events that a reopened watch delivers a
 *   second time are dropped.
 * - If the history was compacted, the collection lists again, and subscribers receive the difference, as with any relist.
 * - Every write of a store has its own revision. If another program writes several keys of the resource in one transaction, or a lease
 *   expires, the whole revision is applied like a relist. Otherwise a watcher that loses its connection after the first of these events
 *   would resume after the others.
 * - A value that is not an object is skipped and reported (`errors`). If the key had an object before, that object is deleted.
 * - A state that is older than one that was read is rejected ({@link RevisionsWentBackError}). So is a state whose revision is not below
 *   2^43.
 *
 * The file has more than 250 lines, because the state machine and its writes to the collection are only understood together.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { Backoff, type BackoffOptions } from '../../informers/collection/backoff.ts';
import { type Clock, delay } from '../../clock.ts';
import { reasonOf, type RowError } from '../../informers/collection/errors.ts';
import { SourceCollection } from '../../informers/collection/source-collection.ts';
import { isNewer } from '../../informers/collection/source-version.ts';
import { NO_STATE_YET, type SourceStatus, SUBSCRIBER_FAILED } from '../../informers/collection/source-status.ts';
import { RevisionCompactedError, RevisionsWentBackError, StoreRefusedError, StoreUnavailableError } from '../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { withRevision } from '../stored-value.ts';
import { type EtcdReader, readPages } from './etcd-client.ts';
import { EtcdIngest, type IngestedKey } from './etcd-ingest.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { EtcdEvent, EtcdWatchResponse } from './etcd-messages.ts';
import { type RevisionBatch, RevisionBatches, WatchProgress } from './etcd-watch.ts';

/** Options of {@link EtcdCollection}. */
export interface EtcdCollectionOptions {
  readonly name: string;
  readonly reader: EtcdReader;
  readonly keys: EtcdKeys;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  /** The number of keys in one page of a list. */
  readonly pageSize: number;
  /** The interval of progress requests on the watch, in milliseconds. */
  readonly progressInterval: number;
  /** An abort ends all reads. */
  readonly signal?: AbortSignal | undefined;
}

/** The contract of stores: all revisions are lower. */
const REVISION_LIMIT = 2 ** 43;

/** The minimum time between two reads of the revision for positions that clients present. */
const MIN_CHECK_INTERVAL_MS = 1000;

type State = 'listing' | 'watching';

/** See the top of this file. */
export class EtcdCollection extends SourceCollection<StoredObject> {
  readonly #options: EtcdCollectionOptions;
  readonly #ingest: EtcdIngest;
  override readonly errors: ReadonlyMap<string, RowError>;
  protected override ownErrors = 0;
  #lifetime: LinkedAbort | undefined;
  /** Whether no event has arrived since the last list. */
  #freshList = false;
  #failure: unknown;
  #failingSince: number | undefined;
  #failures = 0;
  #subscriberFailure: string | undefined;
  #lastActivity: number | undefined;
  #unsyncedSince: number;
  /** A read of the revision that has not begun yet; see {@link hasReached}. */
  #nextCheck: Promise<number> | undefined;
  #lastCheck = Number.NEGATIVE_INFINITY;

  constructor(options: EtcdCollectionOptions) {
    super(options.name, 'unique');
    this.#options = options;
    this.#ingest = new EtcdIngest(options.name, options.keys, (error) => this.reportError(error));
    this.errors = this.#ingest.errors;
    this.#unsyncedSince = options.clock.now();
  }

  override sources(): SourceStatus[] {
    const failure = this.#failure === undefined ? undefined : reasonOf(this.#failure);
    const waiting = this.hasSynced ? undefined : NO_STATE_YET;
    const message = failure ?? this.#ingest.message ?? this.#subscriberFailure ?? waiting;
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasBeenSynced,
        message: this.connected ? message : 'not running: it has no subscribers',
        cause: this.connected ? this.#cause : undefined,
        failingSince: this.#failingSince,
        failures: this.#failures,
        lastActivity: this.#lastActivity,
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  /** Reads etcd's revision, at most once a second. All calls before the next read share it. */
  async hasReached(version: string): Promise<boolean> {
    const signal = this.#lifetime?.signal;
    if (signal === undefined) return true;
    try {
      this.#nextCheck ??= this.#check(signal);
      return !isNewer(version, String(await this.#nextCheck));
    } catch {
      // An etcd that does not respond shows nothing. The watch and the lists of this collection report why.
      return true;
    }
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
    this.#works();
    // The subscription may happen inside a tick. The first request is sent after it.
    queueMicrotask(() => void this.#run(lifetime.signal));
  }

  protected override stop(): void {
    this.#lifetime?.abort(new StoreUnavailableError(`${this.name}: the last subscriber has unsubscribed`));
    this.#lifetime = undefined;
    this.#unsyncedSince = this.#options.clock.now();
    this.#ingest.clear();
    this.ownErrors = 0;
    this.forget();
  }

  /** Runs until the signal is aborted, and writes nothing afterwards. Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    const { backoff: timing, clock, random } = this.#options;
    const backoff = new Backoff(clock, random, timing);
    const release = clock.hold?.();
    let state: State = 'listing';
    while (!signal.aborted) {
      try {
        if (state === 'listing') await this.#list(signal);
        else await this.#watch(signal);
        state = 'watching';
      } catch (error) {
        if (signal.aborted) break;
        const compacted = error instanceof RevisionCompactedError;
        // Compaction is not a failure. But if etcd compacts the revision of a list immediately, the next list must be delayed.
        if (!compacted || this.#freshList) {
          this.#failed(error);
          await delay(clock, backoff.next(), signal);
        }
        const resumes = error instanceof StoreUnavailableError || error instanceof StoreRefusedError;
        state = state === 'watching' && resumes ? 'watching' : 'listing';
      }
    }
    release?.();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { keys, pageSize, reader } = this.#options;
    const ingested: IngestedKey[] = [];
    let revision = 0;
    for await (const page of readPages(reader, keys, pageSize, signal)) {
      signal.throwIfAborted();
      this.#recordActivity();
      revision = page.revision;
      this.#rejectHigh(revision);
      this.#rejectOlder(revision);
      for (const kv of page.kvs) ingested.push(this.#ingest.decode(kv));
    }
    const objects = this.#ingest.replaceAll(ingested);
    this.ownErrors = this.errors.size;
    this.#works();
    this.#freshList = true;
    this.#publish(() => this.replaceAll(objects, String(revision)));
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
        progress.responded();
        this.#recordActivity();
        await this.#handle(response, batches, signal);
      }
    } finally {
      progress.stop();
      watch.cancel(new StoreUnavailableError(`${this.name}: the watch was closed`));
    }
    throw new StoreUnavailableError(`${this.name}: the watch has ended`);
  }

  async #handle(response: EtcdWatchResponse, batches: RevisionBatches, signal: AbortSignal): Promise<void> {
    const { created, canceled, compactRevision, cancelReason, events, header } = response;
    if (compactRevision > 0) throw new RevisionCompactedError(this.#position + 1);
    if (canceled) throw new StoreUnavailableError(`${this.name}: etcd ended the watch: ${cancelReason}`);
    if (created) {
      // This member may only lag behind the others, so a linearizable read gets the revision of the whole cluster.
      if (header.revision < this.#position) await this.#rejectOlderCluster(signal);
      this.#works();
      return;
    }
    this.#freshList = false;
    for (const batch of batches.add(response)) this.#apply(batch);
    // The header of a response with events has etcd's current revision, which may be ahead of the delivered events.
    if (events.length === 0 && header.revision > this.#position)
      this.#publish(() => this.advance(String(header.revision)));
  }

  /** The revision up to which everything has been read. */
  get #position(): number {
    return Number(this.frontier ?? 0);
  }

  /** A server with the API of etcd can have such revisions (kine on TiKV). Above 2^53 they are not exact, so that writes would fail. */
  #rejectHigh(revision: number): void {
    if (revision < REVISION_LIMIT) return;
    throw new StoreRefusedError(
      `${this.name}: etcd is at revision ${revision}; a store needs revisions below 2^43, as etcd itself has them`,
    );
  }

  #rejectOlder(revision: number): void {
    if (revision < this.#position) throw new RevisionsWentBackError(revision, this.#position);
  }

  async #rejectOlderCluster(signal: AbortSignal): Promise<void> {
    const revision = await this.#readRevision(signal);
    signal.throwIfAborted();
    this.#rejectOlder(revision);
  }

  /** Returns the current revision of etcd, from a linearizable read. */
  async #readRevision(signal: AbortSignal): Promise<number> {
    const { header } = await this.#options.reader.range({ key: this.#options.keys.first, limit: 1 }, signal);
    return header.revision;
  }

  async #check(signal: AbortSignal): Promise<number> {
    const { clock } = this.#options;
    // From here on, `#nextCheck` is this promise.
    await Promise.resolve();
    try {
      const wait = this.#lastCheck + MIN_CHECK_INTERVAL_MS - clock.now();
      if (wait > 0) await delay(clock, wait, signal);
    } finally {
      // Later calls need a read that begins after them.
      this.#nextCheck = undefined;
    }
    this.#lastCheck = clock.now();
    return this.#readRevision(signal);
  }

  #apply({ revision, events }: RevisionBatch): void {
    if (revision <= this.#position) return;
    const [event] = events;
    if (event !== undefined && events.length === 1) this.#applyOne(event, revision);
    else this.#applyTogether(events, revision);
    this.ownErrors = this.errors.size;
  }

  #applyOne(event: EtcdEvent, revision: number): void {
    const change = this.#ingest.applyEvent(event);
    const previous = this.store.get(change.key);
    if (change.object !== undefined) {
      const { object } = change;
      const type = previous === undefined ? 'ADDED' : 'MODIFIED';
      this.#publish(() => this.applyEvent({ type, object, version: String(revision) }));
    } else if (previous === undefined) {
      this.#publish(() => this.advance(String(revision)));
    } else {
      const object = withRevision({ object: previous, revision });
      this.#publish(() => this.applyEvent({ type: 'DELETED', object, version: String(revision) }));
    }
  }

  #applyTogether(events: readonly EtcdEvent[], revision: number): void {
    const next = new Map(this.store.entries());
    for (const event of events) {
      const { key, object } = this.#ingest.applyEvent(event);
      if (object === undefined) next.delete(key);
      else next.set(key, object);
    }
    this.#publish(() => this.replaceAll(next.values(), String(revision)));
  }

  #failed(error: unknown): void {
    this.#failure = error;
    this.#failingSince ??= this.#options.clock.now();
    this.#failures += 1;
    this.reportStatus();
  }

  #works(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#failingSince = undefined;
    this.#failures = 0;
    this.reportStatus();
  }

  /** The kind of the problem, as in {@link SourceStatus}. Keys that cannot be read are reported as row errors. */
  get #cause(): string | undefined {
    if (this.#failure !== undefined) return this.#failure instanceof Error ? this.#failure.name : 'Error';
    return this.#subscriberFailure === undefined ? undefined : SUBSCRIBER_FAILED;
  }

  #recordActivity(): void {
    this.#lastActivity = this.#options.clock.now();
  }

  /**
   * Writes to the collection. If a subscriber throws, the write has already been made, so the error is recorded and nothing is read again.
   */
  #publish(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
      this.reportStatus();
    }
  }
}
