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
import type { Collection } from '../informers/collection/collection.ts';
import type { Cause, Delta, DeltaBatch } from '../informers/collection/delta.ts';
import { type RowError, rowError, KEPT_CAUSES } from '../informers/collection/errors.ts';
import type { SourceStatus } from '../informers/collection/source-status.ts';
import { ExpiredError, NotReadyError } from './errors.ts';
import { DEFAULT_LOG_BOUNDS, EventLog, type LogBounds } from './event-log.ts';
import { OrderedIndex, type RowSnapshot } from './ordered-index.ts';
import { fingerprint } from './positions.ts';
import { type Row, RowEncoder, type RowIdentity } from './row.ts';
import { localScheme, upstreamScheme, type ViewScheme } from './view-scheme.ts';
import { WatchCursor, type WatchEnd } from './watch-cursor.ts';
import { version as frameworkVersion } from '../version.ts';

/** How a view is made. */
export interface ViewOptions extends RowIdentity {
  /** What the resource's definition says, as text: a change of it makes positions of before expire. */
  readonly definition: string;
  /** The user's own revision of the projection: for changes that the text of its functions does not show. @default '' */
  readonly revision?: string | undefined;
  readonly log?: Partial<LogBounds> | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** A complete state and the position it is of. */
export interface PositionedSnapshot {
  readonly position: bigint;
  readonly rows: RowSnapshot;
}

/** The materialised rows of a collection. */
export class MaterializedView {
  readonly encoder: RowEncoder;
  readonly #collection: Collection<unknown>;
  readonly #scheme: ViewScheme;
  readonly #bounds: LogBounds;
  readonly #now: () => number;
  readonly #index = new OrderedIndex();
  readonly #cursors = new Set<WatchCursor>();
  readonly #listeners = new Set<() => void>();
  readonly #refused = new Map<string, RowError>();
  #log: EventLog;
  #subscription: Subscription | undefined;
  #unlisten: (() => void) | undefined;
  #ready = false;
  #unreadySince: number;

  constructor(collection: Collection<unknown>, options: ViewOptions) {
    const { lineage } = collection;
    this.encoder = new RowEncoder(options);
    this.#collection = collection;
    this.#bounds = { ...DEFAULT_LOG_BOUNDS, ...options.log };
    this.#now = options.now ?? Date.now;
    this.#unreadySince = this.#now();
    this.#log = new EventLog(0n, this.#index.snapshot(), this.#bounds, 0);
    this.#scheme =
      lineage === undefined
        ? localScheme(this.#now(), (options.random ?? Math.random)())
        : upstreamScheme(
            lineage,
            fingerprint({
              version: frameworkVersion,
              definition: options.definition,
              lineage,
              revision: options.revision ?? '',
            }),
          );
  }

  /** Subscribes to the collection, until {@link stop}. */
  start(): void {
    if (this.#subscription !== undefined) return;
    this.#unlisten = this.#collection.lineage?.source.onSettled(() => this.#notify());
    this.#subscription = this.#collection.deltas$.subscribe((batch) => this.#take(batch));
  }

  /** Ends all watches and lets go of the collection. */
  stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#unlisten?.();
    this.#endWatches('closed');
    this.#down();
    this.#notify();
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
    const { errors } = this.#collection;
    if (this.#refused.size === 0) return errors;
    return errors.size === 0 ? this.#refused : new Map([...errors, ...this.#refused]);
  }

  /** The number of rows now. */
  get size(): number {
    return this.#index.size;
  }

  /** How many changes of rows there have been since the view was made. */
  get changes(): number {
    return this.#log.end;
  }

  get watchers(): number {
    return this.#cursors.size;
  }

  /** How the sources are doing. */
  sources(): SourceStatus[] {
    return this.#collection.sources();
  }

  /** Why reads are refused or rows no longer change; undefined when all is well. */
  get trouble(): string | undefined {
    if (this.#collection.failure !== undefined) return this.#collection.failure.message;
    const messages = this.sources().flatMap((status) =>
      status.message === undefined ? [] : [`${status.name}: ${status.message}`],
    );
    return messages.length > 0 ? messages.join('; ') : undefined;
  }

  /** The version of a list made now. @throws NotReadyError */
  get position(): bigint {
    this.#requireReady();
    return this.#scheme.frontier();
  }

  /** All rows as they are now. @throws NotReadyError */
  snapshot(): PositionedSnapshot {
    this.#requireReady();
    return { position: this.#scheme.frontier(), rows: this.#index.snapshot() };
  }

  /** The row of a key as it is now. @throws NotReadyError */
  get(key: string): Row | undefined {
    this.#requireReady();
    return this.#index.get(key);
  }

  /**
   * All rows as they were at a position up to {@link position}.
   * @throws ExpiredError when that is not known any more, or was never this view's
   * @throws NotReadyError
   */
  snapshotAt(position: bigint): RowSnapshot {
    this.#requireReady();
    if (!this.#scheme.owns(position) || !this.#log.covers(position)) throw this.#expired(position);
    return this.#log.snapshotAt(position);
  }

  /** Whether a position is this view's but ahead of it: a replica that was faster gave it. Waiting for it makes sense. */
  isAhead(position: bigint): boolean {
    this.#requireReady();
    return this.#scheme.portable && this.#scheme.owns(position) && position > this.#scheme.frontier();
  }

  /**
   * Waits until {@link isAhead} is false for a position.
   * @returns false when the signal was aborted first
   */
  async reached(position: bigint, signal: AbortSignal): Promise<boolean> {
    if (!this.isAhead(position)) return true;
    if (signal.aborted) return false;
    return new Promise((resolve, reject) => {
      const stop = this.onChange(() => settle());
      const settle = (): void => {
        try {
          if (this.isAhead(position) && !signal.aborted) return;
          resolve(!this.isAhead(position));
        } catch (error) {
          reject(error);
        }
        stop();
        signal.removeEventListener('abort', settle);
      };
      signal.addEventListener('abort', settle, { once: true });
    });
  }

  /**
   * A cursor on everything after a position. One ahead of the view is silent until the view has caught up.
   * @throws ExpiredError when what came after the position is not exactly known
   * @throws NotReadyError
   */
  watchFrom(position: bigint): WatchCursor {
    this.#requireReady();
    if (!this.#scheme.owns(position) || !this.#log.covers(position)) throw this.#expired(position);
    const cursor: WatchCursor = new WatchCursor(
      this.#log,
      position,
      this.#log.after(position),
      () => this.#scheme.frontier(),
      () => this.#cursors.delete(cursor),
    );
    this.#cursors.add(cursor);
    return cursor;
  }

  /** Calls back after every tick in which the log, the frontier or the readiness may have moved. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(batch: DeltaBatch<unknown>): void {
    const { cause } = batch;
    if (cause.type === 'GONE' || !this.#collection.hasSynced) {
      this.#endWatches('not ready');
      this.#down();
    } else if (!this.#ready) {
      this.#takeState();
    } else if (cause.type === 'RELIST' && this.#scheme.portable) {
      this.#takeRelist(batch.changes, cause);
    } else {
      this.#takeChanges(batch.changes, cause);
    }
    // Over a versioned source the end of the tick tells, once for rows and frontier together.
    if (this.#unlisten === undefined) this.#notify();
  }

  /** A complete state: the first one, or one after the source had ceased to exist. */
  #takeState(): void {
    const state = this.#scheme.positionOfState();
    this.#index.clear();
    this.#refused.clear();
    for (const [key, object] of this.#collection.entries()) {
      const row = this.#encode(key, object, this.#scheme.positionOfRow(key, state), undefined);
      if (row !== undefined) this.#index.set(row);
    }
    this.#restartLog(state);
    this.#ready = true;
  }

  #takeChanges(changes: readonly Delta<unknown>[], cause: Cause): void {
    for (const delta of changes) {
      const before = this.#index.get(delta.key);
      const after = this.#project(delta, before, () => this.#scheme.positionOfChange(cause));
      if (before === after) continue;
      this.#apply(before, after, after?.position ?? this.#scheme.positionOfChange(cause));
    }
  }

  /**
   * Rules 6 and 7 of scheme `upstream`: nobody knows what happened between the frontier before and the new list. If more than one row
   * changed (a re-created one counts as two) the log starts anew; otherwise watches go on.
   */
  #takeRelist(changes: readonly Delta<unknown>[], cause: Cause & { type: 'RELIST' }): void {
    const to = this.#scheme.positionOfChange(cause);
    const changed: { before: Row | undefined; after: Row | undefined }[] = [];
    let weight = 0;
    for (const delta of changes) {
      const before = this.#index.get(delta.key);
      const after = this.#project(delta, before, () => to);
      if (before === after) continue;
      changed.push({ before, after });
      weight +=
        before !== undefined && after !== undefined && before.object.metadata.uid !== after.object.metadata.uid ? 2 : 1;
    }
    if (weight > 1) {
      this.#endWatches('relist');
      for (const { before, after } of changed) {
        if (after !== undefined) this.#index.set(this.encoder.at(after, this.#scheme.positionOfRow(after.key, to)));
        else if (before !== undefined) this.#index.delete(before.key);
      }
      this.#restartLog(to);
      return;
    }
    const from = cause.from === undefined ? to : this.#scheme.positionOfChange({ type: 'EVENT', version: cause.from });
    for (const cursor of this.#cursors) if (cursor.position > from) cursor.end('relist');
    if (from < to) this.#log.skip(from, to);
    for (const { before, after } of changed) this.#apply(before, after, to);
  }

  #project(delta: Delta<unknown>, before: Row | undefined, position: () => bigint): Row | undefined {
    if (delta.type === 'DELETED') {
      this.#refused.delete(delta.key);
      return undefined;
    }
    return this.#encode(delta.key, delta.object, position(), before);
  }

  #encode(key: string, object: unknown, position: bigint, before: Row | undefined): Row | undefined {
    try {
      const row = this.encoder.encode(key, object, this.#scheme.stampOf(key), position, before);
      this.#refused.delete(key);
      return row;
    } catch (error) {
      this.#refused.set(key, rowError(this.#collection.name, key, error, this.#refused.size < KEPT_CAUSES));
      return undefined;
    }
  }

  #apply(before: Row | undefined, after: Row | undefined, position: bigint): void {
    if (after !== undefined) this.#index.set(after);
    else if (before !== undefined) this.#index.delete(before.key);
    this.#log.append({ position, before, after, snapshot: this.#index.snapshot(), at: this.#now() });
  }

  #restartLog(oldest: bigint): void {
    this.#log = new EventLog(oldest, this.#index.snapshot(), this.#bounds, this.#log.end);
  }

  #down(): void {
    if (this.#ready) this.#unreadySince = this.#now();
    this.#ready = false;
    this.#index.clear();
    this.#log = new EventLog(this.#log.oldest, this.#index.snapshot(), this.#bounds, this.#log.end);
  }

  #endWatches(reason: WatchEnd): void {
    for (const cursor of this.#cursors) cursor.end(reason);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #requireReady(): void {
    if (this.#ready && this.#collection.failure === undefined) return;
    throw new NotReadyError(this.trouble ?? 'waiting for the first complete state', this.#now() - this.#unreadySince);
  }

  #expired(position: bigint): ExpiredError {
    return new ExpiredError(position, this.#log.oldest);
  }
}
