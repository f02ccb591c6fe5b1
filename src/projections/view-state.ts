/**
 * The rows of a view and the log of how they came about: index, log and frontier move together, or not at all.
 *
 * Knows positions and rows; knows nothing of collections, watches and readiness, see `materialized-view.ts`.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Cause, Delta, DeltaBatch } from '../informers/collection/delta.ts';
import { KEPT_CAUSES, type RowError, rowError } from '../informers/collection/errors.ts';
import { ChangeLog, type LogBounds } from './change-log.ts';
import { OrderedIndex, type RowChange, type RowSnapshot } from './ordered-map.ts';
import type { Row, RowEncoder } from './row.ts';
import type { ViewScheme } from './view-scheme.ts';

/** What a state needs from outside. */
export interface ViewStateOptions {
  readonly name: string;
  /** The projected object under a key, as it is now. */
  readonly objectOf: (key: string) => unknown;
  readonly encoder: RowEncoder;
  readonly scheme: ViewScheme;
  readonly bounds: LogBounds;
  /** Milliseconds since the epoch. */
  readonly clock: Pick<Clock, 'now'>;
}

/** A complete state and the position it is of. */
export interface PositionedSnapshot {
  readonly position: bigint;
  readonly rows: RowSnapshot;
}

/** Watches that have read beyond a position must end: what they would be sent is not exactly known, or has been said otherwise. */
export interface WatchesEnd {
  readonly beyond: bigint;
}

type RelistCause = Cause & { readonly type: 'RELIST' };

/** Below every position. */
const NOWHERE = -1n;

/** See the top of this file. */
export class ViewState {
  readonly #options: ViewStateOptions;
  readonly #scheme: ViewScheme;
  readonly #index = new OrderedIndex();
  readonly #refused = new Map<string, RowError>();
  #log: ChangeLog;
  #frontier = 0n;

  constructor(options: ViewStateOptions) {
    this.#options = options;
    this.#scheme = options.scheme;
    this.#log = new ChangeLog(0n, options.bounds, 0);
  }

  get log(): ChangeLog {
    return this.#log;
  }

  /** The position up to which the rows here are known: the version of a list made now. Never goes back. */
  get frontier(): bigint {
    return this.#frontier;
  }

  get size(): number {
    return this.#index.size;
  }

  /** Rows that are absent because the encoder refused them. */
  get refused(): ReadonlyMap<string, RowError> {
    return this.#refused;
  }

  get(key: string): Row | undefined {
    return this.#index.get(key);
  }

  snapshot(): PositionedSnapshot {
    return { position: this.#frontier, rows: this.#index.snapshot() };
  }

  /** The rows at a position that the log covers. */
  snapshotAt(position: bigint): RowSnapshot {
    return this.#log.snapshotAt(position, this.#index.snapshot());
  }

  /** The source has been read up to here, and every change up to here has been taken over. */
  advance(): void {
    this.#reach(this.#scheme.frontier());
  }

  /** A complete state, with which the log starts. */
  replace(entries: Iterable<readonly [string, unknown]>): void {
    const position = this.#scheme.positionOfState();
    this.#index.clear();
    this.#refused.clear();
    for (const [key, object] of entries) {
      const row = this.#encode(key, object, undefined, () => this.#scheme.positionOfRow(key, position));
      if (row !== undefined) this.#index.set(row);
    }
    this.#startLog(position);
  }

  /** What one tick did to the collection. */
  take(batch: DeltaBatch<unknown>): WatchesEnd | undefined {
    const { cause } = batch;
    const deltas = this.#withRecreated(batch);
    if (cause.type === 'RELIST' && this.#scheme.portable) return this.#relist(deltas, cause);
    this.#change(deltas, cause);
    return undefined;
  }

  /** Changes whose history is known. */
  #change(deltas: readonly Delta<unknown>[], cause: Cause): void {
    for (const delta of deltas) {
      let position: bigint | undefined;
      const positionOnce = (): bigint => (position ??= this.#positionOfChange(cause));
      const change = this.#project(delta, positionOnce);
      if (change.before !== change.after) this.#record(change, positionOnce());
    }
  }

  /**
   * Rules 6 and 7 of scheme `upstream`: nobody knows what happened between the frontier before and the new list. If more than one row
   * changed (a re-created one counts as two) the log starts anew; otherwise it goes on, with a skipped span.
   *
   * A new list of the version before skips nothing. What it changes must have been dropped on the way here, and is logged late.
   */
  #relist(deltas: readonly Delta<unknown>[], cause: RelistCause): WatchesEnd {
    const from = this.#frontier;
    const to = this.#positionOfChange(cause);
    if (to === from) {
      this.#change(deltas, cause);
      return { beyond: from };
    }
    const changes = deltas
      .map((delta) => this.#project(delta, () => to))
      .filter(({ before, after }) => before !== after);
    if (changes.reduce((sum, change) => sum + weight(change), 0) > 1) {
      for (const change of changes) this.#apply(change, (row) => this.#atItsSource(row, to));
      this.#startLog(to);
      return { beyond: NOWHERE };
    }
    this.#log.skip(from, to);
    for (const change of changes) this.#record(change, to);
    this.#reach(to);
    return { beyond: from };
  }

  /** The uid of a row follows that of its source object, also where nothing else in the row does. */
  #withRecreated({ changes, cause }: DeltaBatch<unknown>): readonly Delta<unknown>[] {
    const recreated = 'recreated' in cause ? cause.recreated : undefined;
    if (recreated === undefined) return changes;
    const told = new Set(changes.map(({ key }) => key));
    const untold = recreated.flatMap((key): Delta<unknown>[] => {
      const object = told.has(key) ? undefined : this.#options.objectOf(key);
      return object === undefined ? [] : [{ type: 'MODIFIED', key, object, old: object }];
    });
    return [...changes, ...untold];
  }

  /** Forgets rows and log. The frontier and the running numbers of entries stay. */
  clear(): void {
    this.#index.clear();
    this.#refused.clear();
    this.#startLog(this.#frontier);
  }

  /** Never below what has been handed out: a position below it would be sent to nobody. */
  #positionOfChange(cause: Cause): bigint {
    const position = this.#scheme.positionOfChange(cause);
    return position > this.#frontier ? position : this.#frontier;
  }

  #record(change: RowChange, position: bigint): void {
    this.#apply(change, (row) => row);
    const late = position === this.#frontier;
    this.#log.append({ ...change, position, late, at: this.#options.clock.now() }, () => this.#index.snapshot());
    this.#reach(position);
  }

  #apply({ before, after }: RowChange, final: (row: Row) => Row): void {
    if (after !== undefined) this.#index.set(final(after));
    else if (before !== undefined) this.#index.delete(before.key);
  }

  /** As a process that has just started would have it. */
  #atItsSource(row: Row, state: bigint): Row {
    return this.#options.encoder.at(row, this.#scheme.positionOfRow(row.key, state));
  }

  #project(delta: Delta<unknown>, position: () => bigint): RowChange {
    const before = this.#index.get(delta.key);
    if (delta.type !== 'DELETED') return { before, after: this.#encode(delta.key, delta.object, before, position) };
    this.#refused.delete(delta.key);
    return { before, after: undefined };
  }

  #encode(key: string, object: unknown, before: Row | undefined, position: () => bigint): Row | undefined {
    const { encoder, name } = this.#options;
    const at = position();
    try {
      const row = encoder.encode(key, object, this.#scheme.stampOf(key), at, before);
      this.#refused.delete(key);
      return row;
    } catch (error) {
      this.#refused.set(key, rowError(name, key, error, this.#refused.size < KEPT_CAUSES));
      return undefined;
    }
  }

  #reach(position: bigint): void {
    if (position > this.#frontier) this.#frontier = position;
  }

  #startLog(position: bigint): void {
    this.#reach(position);
    this.#log = new ChangeLog(position, this.#options.bounds, this.#log.end);
  }
}

/** How many rows a change counts for: a row that was re-created is a deleted one and a new one. */
function weight({ before, after }: RowChange): number {
  return before !== undefined && after !== undefined && before.object.metadata.uid !== after.object.metadata.uid
    ? 2
    : 1;
}
