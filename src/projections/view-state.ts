/**
 * The rows of a view and the log of their changes. Index, log and frontier always change together.
 *
 * The state handles positions and rows only. Collections, watches and readiness belong to `materialized-view.ts`. The file has more than
 * 250 lines, because every change touches index, log and frontier together.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Cause, Delta, DeltaBatch } from '../informers/collection/delta.ts';
import { MAX_KEPT_CAUSES, type RowError, rowError } from '../informers/collection/errors.ts';
import { ChangeLog, type LogBounds } from './change-log.ts';
import { OrderedIndex, type RowChange, type RowSnapshot } from './ordered-map.ts';
import type { Row, RowEncoder } from './row.ts';
import type { ViewScheme } from './view-scheme.ts';

/** The encoder and the scheme of the view, and access to the projected objects. */
export interface ViewStateOptions {
  /** The name of the collection, for messages. */
  readonly name: string;
  /** Returns the current projected object with a key. */
  readonly objectOf: (key: string) => unknown;
  readonly encoder: RowEncoder;
  readonly scheme: ViewScheme;
  readonly bounds: LogBounds;
  readonly clock: Pick<Clock, 'now'>;
  /** Receives each error of a row that the encoder refused. It must not throw. */
  readonly onRefused: (error: RowError) => void;
}

/** A complete state and its position. */
export interface PositionedSnapshot {
  readonly position: bigint;
  readonly rows: RowSnapshot;
}

/**
 * The watches that must end after a relist: those that have read beyond the position `beyond`. The exact changes after that position are
 * unknown.
 */
export interface WatchesEnd {
  readonly beyond: bigint;
}

type RelistCause = Cause & { readonly type: 'RELIST' };

/** Below every position. */
const BELOW_ALL = -1n;

/** The rows, the log and the frontier of a view. */
export class ViewState {
  readonly #options: ViewStateOptions;
  #scheme: ViewScheme;
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

  /** The position up to which every change is applied: the version of a list. It never decreases within a scheme. */
  get frontier(): bigint {
    return this.#frontier;
  }

  get size(): number {
    return this.#index.size;
  }

  /** The errors of rows that are absent because the encoder refused them, by key. */
  get refused(): ReadonlyMap<string, RowError> {
    return this.#refused;
  }

  get(key: string): Row | undefined {
    return this.#index.get(key);
  }

  /**
   * Returns the row in the state to which the source gave this resourceVersion. Returns undefined if the view never logged that state, for
   * example because a newer state replaced it in the same tick. The current row is checked first; the log is searched only after a race.
   */
  rowAtSource(key: string, sourceVersion: string): Row | undefined {
    const current = this.#index.get(key);
    if (current?.sourceVersion === sourceVersion) return current;
    for (let number = this.#log.nextNumber - 1; number >= this.#log.firstNumber; number -= 1) {
      const after = this.#log.entry(number)?.after;
      if (after?.key === key && after.sourceVersion === sourceVersion) return after;
    }
    return undefined;
  }

  snapshot(): PositionedSnapshot {
    return { position: this.#frontier, rows: this.#index.snapshot() };
  }

  /** The rows at a position. The log must cover the position. */
  snapshotAt(position: bigint): RowSnapshot {
    return this.#log.snapshotAt(position, this.#index.snapshot());
  }

  /** Moves the frontier to the current version of the source. Every change up to it must have been applied. */
  advance(): void {
    this.#reach(this.#scheme.frontier());
  }

  /** Replaces everything with a complete state. The log starts with it. */
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

  /**
   * Continues with another scheme and a complete state. Positions of the new scheme may be lower, so the frontier starts again too. The log
   * covers no earlier position.
   */
  changeScheme(scheme: ViewScheme, entries: Iterable<readonly [string, unknown]>): void {
    this.#scheme = scheme;
    this.#frontier = 0n;
    this.replace(entries);
  }

  /** Applies the changes that one tick made to the collection. @returns the watches that must end, if any */
  apply(batch: DeltaBatch<unknown>): WatchesEnd | undefined {
    const { cause } = batch;
    const deltas = this.#withRecreated(batch);
    if (cause.type === 'RELIST' && this.#scheme.portable) return this.#relist(deltas, cause);
    this.#applyAll(deltas, cause);
    return undefined;
  }

  /** Applies changes if no change between them is unknown. */
  #applyAll(deltas: readonly Delta<unknown>[], cause: Cause): void {
    for (const delta of deltas) {
      let position: bigint | undefined;
      const positionOnce = (): bigint => (position ??= this.#positionOfChange(cause));
      const change = this.#project(delta, positionOnce);
      if (change.before !== change.after) this.#record(change, positionOnce());
    }
  }

  /**
   * Applies a new list (rules 6 and 7 of scheme `upstream` in `docs/resource-versions.md`). The changes between the old frontier and the
   * list are unknown. If more than one row differs (a re-created row counts as two), the log starts again. Otherwise it continues with a
   * skipped span.
   *
   * A new list of the same version skips nothing. Its differences are events that were lost on the way, and they are logged as late.
   */
  #relist(deltas: readonly Delta<unknown>[], cause: RelistCause): WatchesEnd {
    const from = this.#frontier;
    const to = this.#positionOfChange(cause);
    if (to === from) {
      this.#applyAll(deltas, cause);
      return { beyond: from };
    }
    const changes = deltas
      .map((delta) => this.#project(delta, () => to))
      .filter(({ before, after }) => before !== after);
    if (changes.reduce((sum, change) => sum + weight(change), 0) > 1) {
      for (const change of changes) this.#store(change, (row) => this.#atSource(row, to));
      this.#startLog(to);
      return { beyond: BELOW_ALL };
    }
    this.#log.skip(from, to);
    for (const change of changes) this.#record(change, to);
    this.#reach(to);
    return { beyond: from };
  }

  /** Adds a change for every re-created source object: its row gets another uid, even if nothing else in the row differs. */
  #withRecreated({ changes, cause }: DeltaBatch<unknown>): readonly Delta<unknown>[] {
    const recreated = 'recreated' in cause ? cause.recreated : undefined;
    if (recreated === undefined) return changes;
    const changed = new Set(changes.map(({ key }) => key));
    const others = recreated.flatMap((key): Delta<unknown>[] => {
      const object = changed.has(key) ? undefined : this.#options.objectOf(key);
      return object === undefined ? [] : [{ type: 'MODIFIED', key, object, old: object }];
    });
    return [...changes, ...others];
  }

  /** Removes all rows and starts the log again. The frontier and the running numbers of entries are kept. */
  clear(): void {
    this.#index.clear();
    this.#refused.clear();
    this.#startLog(this.#frontier);
  }

  /** Returns the position of a change. It is never below the frontier, because watchers at the frontier would not receive the change. */
  #positionOfChange(cause: Cause): bigint {
    const position = this.#scheme.positionOfChange(cause);
    return position > this.#frontier ? position : this.#frontier;
  }

  #record(change: RowChange, position: bigint): void {
    this.#store(change, (row) => row);
    const late = position === this.#frontier;
    this.#log.append({ ...change, position, late, at: this.#options.clock.now() }, () => this.#index.snapshot());
    this.#reach(position);
  }

  #store({ before, after }: RowChange, final: (row: Row) => Row): void {
    if (after !== undefined) this.#index.set(final(after));
    else if (before !== undefined) this.#index.delete(before.key);
  }

  /** Returns the row with the position that it would have in a process that has just started. */
  #atSource(row: Row, state: bigint): Row {
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
      const row = encoder.encode(key, object, { stamp: this.#scheme.stampOf(key), position: at, old: before });
      this.#refused.delete(key);
      return row;
    } catch (error) {
      const refused = rowError(name, key, error, this.#refused.size < MAX_KEPT_CAUSES);
      this.#refused.set(key, refused);
      this.#options.onRefused(refused);
      return undefined;
    }
  }

  #reach(position: bigint): void {
    if (position > this.#frontier) this.#frontier = position;
  }

  #startLog(position: bigint): void {
    this.#reach(position);
    this.#log = new ChangeLog(position, this.#options.bounds, this.#log.nextNumber);
  }
}

/** Returns the number of rows that a change counts for. A recreated row counts twice: as a deleted row and a new row. */
function weight({ before, after }: RowChange): number {
  return before !== undefined && after !== undefined && before.object.metadata.uid !== after.object.metadata.uid
    ? 2
    : 1;
}
