/**
 * The rows of a collection, materialised: encoded as bytes, in an ordered index, with a log of their changes.
 *
 * ```
 *   waiting ──first complete state──► ready ──the source ceased to exist──► down
 *                                       ▲                                     │
 *                                       └────────── a new complete state ─────┘
 * ```
 * When the connection to upstream is lost, the view continues to serve reads from memory. Reads while it is `waiting` or `down` throw
 * NotReadyError.
 *
 * `docs/resource-versions.md` describes what positions promise. Cost of a change: one encoding and one insertion into the index. Cost of a
 * read: lookups. The file has more than 250 lines, because all reads and updates depend on the same state `ready`.
 * @module
 */
import type { Subscription } from 'rxjs';
import { type Clock, systemClock } from '../clock.ts';
import type { Collection } from '../informers/collection/collection.ts';
import type { DeltaBatch } from '../informers/collection/delta.ts';
import { reasonOf, type RowError } from '../informers/collection/errors.ts';
import { scheduler } from '../informers/collection/scheduler.ts';
import { NO_STATE_YET, problemOfSources, type SourceStatus } from '../informers/collection/source-status.ts';
import { ExpiredError, NotReadyError } from './errors.ts';
import { DEFAULT_LOG_BOUNDS, type LogBounds } from './change-log.ts';
import { FanOut } from './fan-out.ts';
import type { Interest } from './interest.ts';
import type { LogEntry } from './log-entry.ts';
import type { RowSnapshot } from './ordered-map.ts';
import type { RowNamespaces } from './row-namespaces.ts';
import { type Row, RowEncoder, type RowIdentity } from './row.ts';
import { ViewListeners } from './view-listeners.ts';
import { UnfitVersionError } from './positions.ts';
import { localSchemeOf, schemeOf, type SchemeOptions, type ViewScheme } from './view-scheme.ts';
import { type PositionedSnapshot, type RowSince, ViewState } from './view-state.ts';
import type { ViewFrontier, WatchCursor, WatchEnd } from './watch-cursor.ts';
import { nodeOf } from '../informers/collection/collection-node.ts';

export type { PositionedSnapshot } from './view-state.ts';

/** The resource that a view serves, the bounds of its log and its clock. */
export interface ViewOptions extends RowIdentity, SchemeOptions {
  readonly log?: Partial<LogBounds> | undefined;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** The sizes and the work of a view. */
export interface ViewStatistics {
  /** The number of changes that the view has received from its collection. */
  readonly changesIn: number;
  /** The bytes of the JSON of all rows. */
  readonly rowBytes: number;
  /** The bytes of the log that count against its bound: of the rows in its entries, and of the frames that watchers share. */
  readonly logBytes: number;
  readonly logEntries: number;
  /** The age of the oldest entry of the log in milliseconds; 0 without entries. */
  readonly logSpan: number;
  /** The number of groups of watchers with the same selection. */
  readonly watcherGroups: number;
  /** The bytes that all groups of watchers keep. */
  readonly groupBytes: number;
  /** The time in which changes were encoded and logged, in milliseconds. */
  readonly encodeMilliseconds: number;
}

/** The materialised rows of a collection. */
export class MaterializedView {
  readonly encoder: RowEncoder;
  /** The collection that the view materialises. */
  readonly collection: Collection<unknown>;
  /** The name in messages and graphs: `PodSummary.example.com`. */
  readonly name: string;
  #scheme: ViewScheme;
  readonly #state: ViewState;
  readonly #options: ViewOptions;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #watches: FanOut;
  readonly #listeners = new ViewListeners();
  #subscription: Subscription | undefined;
  #unlisten: (() => void) | undefined;
  #ready = false;
  #hasBeenReady = false;
  #unreadySince: number;
  /** The reason why the last batch could not be applied. */
  #fault: string | undefined;
  /** Whether rows or readiness have changed since the listeners were last notified. */
  #changed = false;
  /** The frontier at the end of the last tick. */
  #settled = 0n;
  #rejected = 0;
  /** The check of the watches that are ahead of the view, while it is in progress. */
  #aheadCheck: Promise<void> | undefined;
  #changesIn = 0;
  #encodeMilliseconds = 0;
  readonly #onSettled = (): void => this.#endTick();

  constructor(collection: Collection<unknown>, options: ViewOptions) {
    this.#options = options;
    this.encoder = new RowEncoder(options);
    this.collection = collection;
    this.name = options.group === '' ? options.kind : `${options.kind}.${options.group}`;
    this.#clock = options.clock ?? systemClock;
    this.#unreadySince = this.#clock.now();
    this.#scheme = schemeOf(collection, options, this.#clock.now());
    const bounds = { ...DEFAULT_LOG_BOUNDS, ...options.log };
    this.#watches = new FanOut(bounds.groupBytes);
    this.#state = new ViewState({
      name: collection.name,
      encoder: this.encoder,
      objectOf: (key) => collection.get(key),
      entries: () => nodeOf(collection).entries(),
      scheme: this.#scheme,
      bounds,
      clock: this.#clock,
      onRefused: (error) => this.#listeners.reportError(error),
    });
  }

  /** Subscribes to the collection, until {@link stop}. */
  start(): void {
    if (this.#subscription !== undefined) return;
    this.#unlisten = nodeOf(this.collection).lineage?.source.onSettled(this.#onSettled);
    this.#subscription = this.collection.deltas$.subscribe((batch) => this.#onBatch(batch));
  }

  /** Ends all watches and unsubscribes from the collection. */
  stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#goDown('closed');
    this.#hasBeenReady = false;
    this.#endTick();
  }

  /** The scheme of positions, see `view-scheme.ts`. Before the first complete state, the scheme that the pipeline allows. */
  get scheme(): 'upstream' | 'local' {
    return this.#scheme.name;
  }

  /** The reason why the view has scheme `local` although its pipeline allows scheme `upstream`. */
  get unfitVersions(): string | undefined {
    return this.#scheme.unfit?.message;
  }

  /** Whether the view has a complete state, so that it can serve reads. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether the view has had a complete state since it was started. It stays true after the source ceased to exist. */
  get hasBeenReady(): boolean {
    return this.#hasBeenReady;
  }

  /** The error that ended the pipeline or the view, although its sources may work; undefined if both work. */
  get fault(): string | undefined {
    return nodeOf(this.collection).failure?.message ?? this.#fault;
  }

  /** The errors of rows that are absent because their projection failed or their encoding was refused, by key. */
  get errors(): ReadonlyMap<string, RowError> {
    const { refused } = this.#state;
    return refused.size === 0 ? this.collection.errors : new Map([...this.collection.errors, ...refused]);
  }

  /** The number of {@link errors}. A row that fails in several steps counts once for each step. */
  get errorCount(): number {
    return this.#state.refused.size + errorCountOf(this.collection);
  }

  /** The current number of rows. */
  get size(): number {
    return this.#state.size;
  }

  /** The namespaces that have rows. */
  get namespaces(): Pick<RowNamespaces, 'newest' | 'names' | 'after'> {
    return this.#state.namespaces;
  }

  /** The number of changes of rows since the view was created. */
  get changes(): number {
    return this.#state.log.nextNumber;
  }

  /**
   * The number of positions that were rejected because their digest is not that of the rows here: of clients that have rows of other
   * projection code, of a history that a restore has undone, or of a replica that has other rows for any other reason.
   */
  get rejectedPositions(): number {
    return this.#rejected;
  }

  /** The number of open watches. */
  get watchers(): number {
    return this.#watches.size;
  }

  /** The status of each source. */
  sources(): SourceStatus[] {
    return nodeOf(this.collection).sources();
  }

  /** The reason why reads throw or rows no longer change; undefined if the view works. */
  get trouble(): string | undefined {
    return this.fault ?? problemOfSources(this.sources());
  }

  /** The current position: the version of a list. @throws NotReadyError */
  get position(): bigint {
    this.requireReady();
    return this.#state.position;
  }

  /**
   * The position of a row that is known to have this version in the source; undefined in scheme `local`, and for a version that does not
   * fit.
   * @param digest the digest of the row
   */
  positionOfVersion(version: string, digest: number): bigint | undefined {
    const place = this.#scheme.placeOfVersion(version);
    return place === undefined ? undefined : this.#scheme.position(place, digest);
  }

  /** The version of the source in a position, even if the position comes from other projection code; undefined in scheme `local`. */
  versionOf(position: bigint): string | undefined {
    return this.#scheme.versionOf(position);
  }

  /** The current rows and their position. @throws NotReadyError */
  snapshot(): PositionedSnapshot {
    this.requireReady();
    return this.#state.snapshot();
  }

  /** The current row with a key. @throws NotReadyError */
  get(key: string): Row | undefined {
    this.requireReady();
    return this.#state.get(key);
  }

  /**
   * The rows as they were at a position up to {@link position}.
   * @throws ExpiredError if the position has expired, or does not come from this view
   * @throws RangeError if the view has not reached the position yet; see {@link reached}
   * @throws NotReadyError
   */
  snapshotAt(position: bigint): RowSnapshot {
    this.requireReady();
    if (this.isAhead(position)) throw new RangeError(`${position} is ahead of ${this.#state.position}`);
    const snapshot = this.#scheme.owns(position) ? this.#state.snapshotAt(position) : undefined;
    return snapshot ?? this.#expired(position);
  }

  /**
   * The place up to which every change is applied. Places are ordered, unlike the positions of different rows.
   */
  get frontier(): bigint {
    return this.#state.frontier;
  }

  /** The place of a position. */
  placeOf(position: bigint): bigint {
    return this.#scheme.placeOf(position);
  }

  /** Returns whether a watch from a position, up to the frontier, receives exactly the changes after it. @throws NotReadyError */
  honours(position: bigint): boolean {
    this.requireReady();
    return !this.isAhead(position) && this.#scheme.owns(position) && this.#state.entryAfter(position) !== undefined;
  }

  /**
   * Returns when the last change up to a position was logged here; undefined if the log does not show it, or does not cover the position.
   * @throws NotReadyError
   */
  loggedAt(position: bigint): number | undefined {
    if (!this.honours(position)) return undefined;
    const next = this.#state.entryAfter(position);
    return next === undefined ? undefined : this.#state.log.entry(next - 1)?.at;
  }

  /** Returns whether a row has had its current content since a version that a client has of it; see {@link ViewState.stateSince}. */
  stateSince(row: Row, version: bigint): RowSince {
    this.requireReady();
    return this.#state.stateSince(row, version);
  }

  /** Sends a row to watchers again when the frontier next moves; see {@link ViewState.resend}. */
  resend(key: string): void {
    this.#state.resend(key);
  }

  /**
   * Returns whether a position is ahead of this view. A client can have such a position from a replica that is ahead. This view will reach
   * it.
   * @throws NotReadyError
   */
  isAhead(position: bigint): boolean {
    this.requireReady();
    const scheme = this.#scheme;
    return scheme.portable && scheme.owns(position) && scheme.placeOf(position) > this.#state.frontier;
  }

  /**
   * Waits until {@link isAhead} is false for a position.
   * @returns false if the signal was aborted first
   */
  reached(position: bigint, signal: AbortSignal): Promise<boolean> {
    return this.#listeners.until(() => !this.isAhead(position), signal);
  }

  /**
   * Returns whether upstream has reached a position that {@link isAhead}. False if its consistent list is older: the position belongs to a
   * history that a restore from a backup has undone.
   */
  async existsUpstream(position: bigint): Promise<boolean> {
    const version = this.#scheme.versionOf(position);
    const source = nodeOf(this.collection).lineage?.source;
    return version === undefined || (await source?.hasReached?.(version)) !== false;
  }

  /**
   * Opens a watch of the changes after a position. If the position is ahead of the view, the cursor returns no events until the view has
   * reached it. The watch ends as `expired` if the view then has other rows than the client, or if upstream is older than the position.
   * @throws ExpiredError if the log does not have every change after the position, or if its digest is not that of the rows there
   * @throws NotReadyError
   */
  watchFrom(position: bigint, interest?: Interest): WatchCursor {
    this.requireReady();
    const isAhead = this.isAhead(position);
    const isOwn = !isAhead && this.#scheme.owns(position);
    const next = isOwn ? this.#state.entryAfter(position) : undefined;
    if (next === undefined && !isAhead) return this.#expired(position);
    const scheme = this.#scheme;
    const placeOf = (one: bigint): bigint => scheme.placeOf(one);
    const frontier = (): ViewFrontier => ({ place: this.#state.frontier, position: this.#state.position });
    const cursor = this.#watches.open(this.#state.log, { from: position, next, frontier, placeOf }, interest);
    if (isAhead) void this.#expireUnlessUpstream(position);
    return cursor;
  }

  /**
   * Ends the watches that started ahead of the view and that upstream will never reach, because it was restored from a backup since.
   * A restore that is not below the frontier leads to no relist. The view checks when the frontier has moved, and the server each minute.
   * Calls during a check share it.
   */
  checkAhead(): Promise<void> {
    const { ahead } = this.#watches;
    if (ahead.size === 0) return Promise.resolve();
    this.#aheadCheck ??= Promise.all(Array.from(ahead, (position) => this.#expireUnlessUpstream(position)))
      .then(() => undefined)
      .finally(() => (this.#aheadCheck = undefined));
    return this.#aheadCheck;
  }

  async #expireUnlessUpstream(position: bigint): Promise<void> {
    const scheme = this.#scheme;
    if (await this.existsUpstream(position)) return;
    this.#watches.expireAhead(scheme.placeOf(position));
    this.#watches.wake();
  }

  /**
   * Returns the frame of a change that watchers send. With several watchers the frame is encoded once, and its bytes count against the
   * bound of the log. With one watcher nothing is kept.
   * @param form identifies everything that the frame depends on, except the entry and the revision
   * @param revision a kept frame of another revision is replaced
   */
  sharedFrame(entry: LogEntry, form: string, revision: number, encode: () => Buffer): Buffer {
    return this.#watches.size > 1 ? this.#state.log.sharedFrame(entry, form, revision, encode) : encode();
  }

  /** The bytes of the log that count against its bound: of the rows in its entries, and of the frames that watchers share. */
  get logBytes(): number {
    return this.#state.log.bytes;
  }

  /** The current sizes, and the work since the view was created. */
  get statistics(): ViewStatistics {
    const { log, bytes } = this.#state;
    const oldest = log.entry(log.firstNumber);
    return {
      changesIn: this.#changesIn,
      rowBytes: bytes,
      logBytes: log.bytes,
      logEntries: log.size,
      logSpan: oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest.at),
      watcherGroups: this.#watches.groups,
      groupBytes: this.#watches.bytes,
      encodeMilliseconds: this.#encodeMilliseconds,
    };
  }

  /** The row as it was when the source gave it a resourceVersion; see {@link ViewState.rowAtSource}. */
  rowAtSource(key: string, sourceVersion: string): Row | undefined {
    return this.#state.rowAtSource(key, sourceVersion);
  }

  /**
   * Calls `listener` at the end of every tick in which rows or the readiness have changed, but not when only the position has moved.
   * @returns a function that removes the listener
   */
  onChange(listener: () => void): () => void {
    return this.#listeners.onChange(listener);
  }

  /**
   * Calls `listener` for each error of a row when it is recorded; see `CollectionNode.onRowError`. The listener must not throw.
   * @returns a function that removes the listener
   */
  onRowError(listener: (error: RowError) => void): () => void {
    const removals = [this.#listeners.onRowError(listener), nodeOf(this.collection).onRowError(listener)];
    return () => removals.forEach((remove) => remove());
  }

  #onBatch(batch: DeltaBatch<unknown>): void {
    const start = performance.now();
    this.#changesIn += batch.changes.length;
    this.#guard(() => this.#applyBatch(batch));
    this.#encodeMilliseconds += performance.now() - start;
    scheduler.settle(this.#onSettled);
  }

  #applyBatch(batch: DeltaBatch<unknown>): void {
    if (batch.cause.type === 'GONE' || !this.collection.hasSynced) {
      this.#goDown('not ready');
      return;
    }
    this.#changed = true;
    if (this.#ready) {
      const end = this.#state.apply(batch);
      if (end !== undefined) this.#watches.endBeyond(end.beyond, 'relist');
      return;
    }
    this.#state.replace(nodeOf(this.collection).entries());
    this.#ready = true;
    this.#hasBeenReady = true;
    this.#fault = undefined;
  }

  /** Runs at the end of a tick, after all batches were applied: moves the frontier, and notifies watchers and listeners. */
  #endTick(): void {
    const before = this.#settled;
    if (this.#ready) {
      this.#guard(() => {
        if (this.#state.advance(before)) this.#changed = true;
      });
    }
    const { frontier } = this.#state;
    const what = this.#changed ? 'change' : before === frontier ? undefined : 'frontier';
    this.#changed = false;
    this.#settled = frontier;
    if (what !== undefined && this.#ready) this.#watches.reach(frontier, (position) => this.#isHonoured(position));
    if (what === 'change') this.#watches.dispatch(this.#state.log);
    if (before !== frontier) void this.checkAhead();
    try {
      this.#watches.wake();
    } finally {
      if (what !== undefined) this.#listeners.notify(what);
    }
  }

  /**
   * Runs a step of an update. If a version of the source does not fit scheme `upstream`, the view continues in scheme `local`. If the step
   * throws another error, the view goes down.
   */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof UnfitVersionError) {
        this.#guard(() => this.#becomeLocal(error));
        return;
      }
      this.#fault = `${this.collection.name} cannot be served: ${reasonOf(error)}`;
      this.#goDown('not ready');
    }
  }

  /**
   * Continues in scheme `local`, with the current rows. Watches end, and their clients list again, because their positions have no meaning
   * in the new scheme. Positions of scheme `local` never lead back to scheme `upstream`: otherwise a source at the limit would end watches
   * again and again.
   */
  #becomeLocal(unfit: UnfitVersionError): void {
    this.#watches.endAll('relist');
    this.#scheme = localSchemeOf(this.collection, this.#options, this.#clock.now(), unfit);
    this.#state.changeScheme(this.#scheme, nodeOf(this.collection).entries());
    this.#ready = true;
    this.#fault = undefined;
    this.#changed = true;
  }

  #goDown(reason: WatchEnd): void {
    this.#watches.endAll(reason);
    if (this.#ready) this.#unreadySince = this.#clock.now();
    this.#ready = false;
    this.#state.clear();
    this.#changed = true;
  }

  /** @throws NotReadyError if the view has no complete state, or if its collection has failed */
  requireReady(): void {
    if (this.#ready && nodeOf(this.collection).failure === undefined) return;
    const needsAction = this.sources().some((source) => source.needsAction === true);
    throw new NotReadyError(this.trouble ?? NO_STATE_YET, this.#clock.now() - this.#unreadySince, needsAction);
  }

  #isHonoured(position: bigint): boolean {
    if (this.#state.entryAfter(position) !== undefined) return true;
    this.#countRejected(position);
    return false;
  }

  /** @throws ExpiredError always */
  #expired(position: bigint): never {
    this.#countRejected(position);
    throw new ExpiredError(position, this.#state.oldest);
  }

  /** Counts a position that the log covers, so that only its digest is wrong. */
  #countRejected(position: bigint): void {
    if (this.#scheme.portable && this.#state.log.covers(this.#scheme.placeOf(position))) this.#rejected += 1;
  }
}

/** Returns the number of errors in a collection and in all collections that it is derived from. Each collection counts once. */
export function errorCountOf(collection: Collection<unknown>): number {
  const seen = new Set<Collection<unknown>>();
  const count = (one: Collection<unknown>): number => {
    if (seen.has(one)) return 0;
    seen.add(one);
    const { inputs, statistics } = nodeOf(one);
    return inputs.reduce((sum, input) => sum + count(input), statistics.errors);
  };
  return count(collection);
}
