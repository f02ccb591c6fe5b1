/**
 * What one projection yields, materialised: rows as bytes, an ordered index, and a log of what changed.
 *
 * ```
 *   waiting ──first complete state──► ready ──the source ceased to exist──► down
 *                                       ▲                                     │
 *                                       └────────── a new complete state ─────┘
 * ```
 * Upstream being lost changes nothing here: reads go on from memory. Reads while `waiting` or `down` are refused with NotReadyError.
 *
 * What is promised about positions is in `docs/resource-versions.md`. Cost of a change: one encoding and one insertion into the index.
 * Cost of a read: lookups.
 * @module
 */
import type { Subscription } from 'rxjs';
import { type Clock, systemClock } from '../clock.ts';
import type { Collection } from '../informers/collection/collection.ts';
import type { DeltaBatch } from '../informers/collection/delta.ts';
import { reasonOf, type RowError } from '../informers/collection/errors.ts';
import { scheduler } from '../informers/collection/scheduler.ts';
import { type SourceStatus, troubleOf } from '../informers/collection/source-status.ts';
import { ExpiredError, NotReadyError } from './errors.ts';
import { DEFAULT_LOG_BOUNDS, type LogBounds, type LogEntry } from './change-log.ts';
import { FanOut } from './fan-out.ts';
import type { Interest } from './interest.ts';
import type { RowSnapshot } from './ordered-map.ts';
import { type Row, RowEncoder, type RowIdentity } from './row.ts';
import { ViewListeners } from './view-listeners.ts';
import { schemeOf, type SchemeOptions, type ViewScheme } from './view-scheme.ts';
import { type PositionedSnapshot, ViewState } from './view-state.ts';
import type { WatchCursor, WatchEnd } from './watch-cursor.ts';
import { nodeOf } from '../informers/collection/collection-node.ts';

export type { PositionedSnapshot } from './view-state.ts';

/** The resource that a view serves, the bounds of its log and its clock. */
export interface ViewOptions extends RowIdentity, SchemeOptions {
  readonly log?: Partial<LogBounds> | undefined;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** The materialised rows of a collection. */
export class MaterializedView {
  readonly encoder: RowEncoder;
  /** What it shows. */
  readonly collection: Collection<unknown>;
  /** For messages and graphs: `PodSummary.example.com`. */
  readonly name: string;
  readonly #scheme: ViewScheme;
  readonly #state: ViewState;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #watches = new FanOut();
  readonly #listeners = new ViewListeners();
  #subscription: Subscription | undefined;
  #unlisten: (() => void) | undefined;
  #ready = false;
  #unreadySince: number;
  /** Why the last batch could not be taken over. */
  #fault: string | undefined;
  /** Whether there is something to tell the listeners of. */
  #changed = false;
  readonly #settled = (): void => this.#settle();

  constructor(collection: Collection<unknown>, options: ViewOptions) {
    this.encoder = new RowEncoder(options);
    this.collection = collection;
    this.name = options.group === '' ? options.kind : `${options.kind}.${options.group}`;
    this.#clock = options.clock ?? systemClock;
    this.#unreadySince = this.#clock.now();
    this.#scheme = schemeOf(collection, options, this.#clock.now());
    this.#state = new ViewState({
      name: collection.name,
      encoder: this.encoder,
      objectOf: (key) => collection.get(key),
      scheme: this.#scheme,
      bounds: { ...DEFAULT_LOG_BOUNDS, ...options.log },
      clock: this.#clock,
    });
  }

  /** Subscribes to the collection, until {@link stop}. */
  start(): void {
    if (this.#subscription !== undefined) return;
    this.#unlisten = nodeOf(this.collection).lineage?.source.onSettled(this.#settled);
    this.#subscription = this.collection.deltas$.subscribe((batch) => this.#take(batch));
  }

  /** Ends all watches and lets go of the collection. */
  stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#goDown('closed');
    this.#settle();
  }

  /** `upstream` or `local`. */
  get scheme(): 'upstream' | 'local' {
    return this.#scheme.name;
  }

  /** Whether there are rows to answer from. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Rows that are absent because their projection failed or was refused, by key. */
  get errors(): ReadonlyMap<string, RowError> {
    const { refused } = this.#state;
    return refused.size === 0 ? this.collection.errors : new Map([...this.collection.errors, ...refused]);
  }

  /** How many {@link errors} there are; a row that fails in several steps counts for each. */
  get errorCount(): number {
    return this.#state.refused.size + errorCountOf(this.collection);
  }

  /** The number of rows now. */
  get size(): number {
    return this.#state.size;
  }

  /** How many changes of rows there have been since the view was made. */
  get changes(): number {
    return this.#state.log.end;
  }

  get watchers(): number {
    return this.#watches.size;
  }

  /** How the sources are doing. */
  sources(): SourceStatus[] {
    return nodeOf(this.collection).sources();
  }

  /** Why reads are refused or rows no longer change; undefined when all is well. */
  get trouble(): string | undefined {
    return nodeOf(this.collection).failure?.message ?? this.#fault ?? troubleOf(this.sources());
  }

  /** The version of a list made now. @throws NotReadyError */
  get position(): bigint {
    this.requireReady();
    return this.#state.frontier;
  }

  /** The position of a version of the one source; undefined in scheme `local`. */
  positionOfVersion(version: number): bigint | undefined {
    return this.#scheme.positionOfVersion(version);
  }

  /** The version of the one source that a position is of, whatever definition it was handed out by; undefined in scheme `local`. */
  versionOf(position: bigint): number | undefined {
    return this.#scheme.versionOf(position);
  }

  /** All rows as they are now. @throws NotReadyError */
  snapshot(): PositionedSnapshot {
    this.requireReady();
    return this.#state.snapshot();
  }

  /** The row of a key as it is now. @throws NotReadyError */
  get(key: string): Row | undefined {
    this.requireReady();
    return this.#state.get(key);
  }

  /**
   * All rows as they were at a position up to {@link position}.
   * @throws ExpiredError when that is not known any more, or was never this view's
   * @throws RangeError when it is not known yet: see {@link reached}
   * @throws NotReadyError
   */
  snapshotAt(position: bigint): RowSnapshot {
    this.#requireCovered(position);
    if (position > this.#state.frontier) throw new RangeError(`${position} is ahead of ${this.#state.frontier}`);
    return this.#state.snapshotAt(position);
  }

  /** Whether a position is this view's but ahead of it: a replica that was faster gave it. Waiting for it makes sense. */
  isAhead(position: bigint): boolean {
    this.requireReady();
    return this.#scheme.portable && this.#scheme.owns(position) && position > this.#state.frontier;
  }

  /**
   * Waits until {@link isAhead} is false for a position.
   * @returns false when the signal was aborted first
   */
  reached(position: bigint, signal: AbortSignal): Promise<boolean> {
    return this.#listeners.until(() => !this.isAhead(position), signal);
  }

  /**
   * A cursor on everything of interest after a position. One ahead of the view is silent until the view has caught up.
   * @throws ExpiredError when what came after the position is not exactly known
   * @throws NotReadyError
   */
  watchFrom(position: bigint, interest?: Interest): WatchCursor {
    this.#requireCovered(position);
    return this.#watches.open(this.#state.log, position, () => this.#state.frontier, interest);
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

  /** Calls back at the end of every tick in which rows or the readiness have changed. A frontier that moves alone tells nobody. */
  onChange(listener: () => void): () => void {
    return this.#listeners.onChange(listener);
  }

  #take(batch: DeltaBatch<unknown>): void {
    this.#attempt(() => this.#accept(batch));
    scheduler.settle(this.#settled);
  }

  #accept(batch: DeltaBatch<unknown>): void {
    if (batch.cause.type === 'GONE' || !this.collection.hasSynced) {
      this.#goDown('not ready');
      return;
    }
    this.#changed = true;
    if (this.#ready) {
      const end = this.#state.take(batch);
      if (end !== undefined) this.#watches.endBeyond(end.beyond, 'relist');
      return;
    }
    this.#state.replace(nodeOf(this.collection).entries());
    this.#ready = true;
    this.#fault = undefined;
  }

  /** Everything of a tick has been taken over. Until now, rows and frontier were those of the tick before. */
  #settle(): void {
    const before = this.#state.frontier;
    if (this.#ready) this.#attempt(() => this.#state.advance());
    const what = this.#changed ? 'change' : before < this.#state.frontier ? 'frontier' : undefined;
    this.#changed = false;
    if (what === 'change') this.#watches.dispatch(this.#state.log);
    try {
      this.#watches.wake();
    } finally {
      if (what !== undefined) this.#listeners.tell(what);
    }
  }

  /** Rows that nobody can resume from must not be served: of a source whose versions are none, or leave no room for positions. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fault = `${this.collection.name} can not be served: ${reasonOf(error)}`;
      this.#goDown('not ready');
    }
  }

  #goDown(reason: WatchEnd): void {
    this.#watches.endAll(reason);
    if (this.#ready) this.#unreadySince = this.#clock.now();
    this.#ready = false;
    this.#state.clear();
    this.#changed = true;
  }

  /** @throws NotReadyError while there are no rows to answer from */
  requireReady(): void {
    if (this.#ready && nodeOf(this.collection).failure === undefined) return;
    throw new NotReadyError(
      this.trouble ?? 'waiting for the first complete state',
      this.#clock.now() - this.#unreadySince,
    );
  }

  #requireCovered(position: bigint): void {
    this.requireReady();
    const { log } = this.#state;
    if (!this.#scheme.owns(position) || !log.covers(position)) throw new ExpiredError(position, log.oldest);
  }
}

/** The errors of a collection and of all that it is derived from, each step once. Costs the number of steps, not of errors. */
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
