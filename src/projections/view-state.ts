/**
 * The rows of a view, the log of their changes, and the frontier. All three always change together.
 *
 * The state decides how each batch is logged, and what is known about a position. `view-rows.ts` encodes the rows. Collections, watches and
 * readiness belong to `materialized-view.ts`. The file has more than 250 lines, because every change moves rows, log and frontier together.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Cause, Delta, DeltaBatch } from '../informers/collection/delta.ts';
import type { RowError } from '../informers/collection/errors.ts';
import { ChangeLog, type LogBounds } from './change-log.ts';
import { bytesOf, type LogEntry } from './log-entry.ts';
import type { RowChange, RowSnapshot } from './ordered-map.ts';
import type { RowNamespaces } from './row-namespaces.ts';
import type { Row } from './row.ts';
import { ViewRows, type ViewRowsOptions } from './view-rows.ts';
import type { ViewScheme } from './view-scheme.ts';

/** The encoder and the scheme of the view, and access to the projected objects. */
export interface ViewStateOptions extends ViewRowsOptions {
  /** Returns the current projected object with a key. */
  readonly objectOf: (key: string) => unknown;
  /** Returns all current projected objects. */
  readonly entries: () => Iterable<readonly [string, unknown]>;
  readonly bounds: LogBounds;
  readonly clock: Pick<Clock, 'now'>;
}

/** A complete state and its position. */
export interface PositionedSnapshot {
  readonly position: bigint;
  readonly rows: RowSnapshot;
}

/**
 * The watches that must end after a relist: those that have read beyond the place `beyond`. The exact changes after that place are unknown.
 */
export interface WatchesEnd {
  readonly beyond: bigint;
}

type RelistCause = Cause & { readonly type: 'RELIST' };

/** Below every place. */
const BELOW_ALL = -1n;

/** The state of a row to which a client's version of it leads; see {@link ViewState.stateSince}. */
export type RowSince = 'unchanged' | 'ahead' | 'unknown';

/** The rows, the log and the frontier of a view. */
export class ViewState {
  readonly #options: ViewStateOptions;
  #scheme: ViewScheme;
  readonly #rows: ViewRows;
  #log: ChangeLog;
  /** The place up to which every change is applied. */
  #frontier = 0n;
  /** The keys of rows to send again when the frontier moves. */
  readonly #owed = new Set<string>();

  constructor(options: ViewStateOptions) {
    this.#options = options;
    this.#scheme = options.scheme;
    this.#rows = new ViewRows(options);
    this.#log = new ChangeLog(0n, options.bounds, 0);
  }

  get log(): ChangeLog {
    return this.#log;
  }

  /** The place up to which every change is applied. It never decreases within a scheme and a history of the source. */
  get frontier(): bigint {
    return this.#frontier;
  }

  /** The oldest position after which the log has every change. */
  get oldest(): bigint {
    return this.#scheme.position(this.#log.oldest, this.#log.oldestDigest);
  }

  /** The position up to which every change is applied: the version of a list. */
  get position(): bigint {
    return this.#scheme.position(this.#frontier, this.#rows.digest);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The bytes of the JSON of all rows. */
  get bytes(): number {
    return this.#rows.bytes;
  }

  /** The namespaces that have rows. */
  get namespaces(): RowNamespaces {
    return this.#rows.namespaces;
  }

  /** The errors of rows that are absent because the encoder refused them, by key. */
  get refused(): ReadonlyMap<string, RowError> {
    return this.#rows.refused;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /**
   * Returns the row in the state to which the source gave this resourceVersion. Returns undefined if the view never logged that state, for
   * example because a newer state replaced it in the same tick. The current row is checked first; the log is searched only after a race.
   */
  rowAtSource(key: string, sourceVersion: string): Row | undefined {
    const current = this.#rows.get(key);
    if (current?.sourceVersion === sourceVersion) return current;
    for (let number = this.#log.nextNumber - 1; number >= this.#log.firstNumber; number -= 1) {
      const after = this.#log.entry(number)?.after;
      if (after?.key === key && after.sourceVersion === sourceVersion) return after;
    }
    return undefined;
  }

  snapshot(): PositionedSnapshot {
    return { position: this.position, rows: this.#rows.snapshot() };
  }

  /** The rows at a position. Undefined if the log does not cover the position, or if its digest shows that the client has other rows. */
  snapshotAt(position: bigint): RowSnapshot | undefined {
    const place = this.#scheme.placeOf(position);
    if (!this.#log.covers(place)) return undefined;
    return this.#log.snapshotAt(place, this.#scheme.digestOf(position), this.#rows.snapshot());
  }

  /**
   * The running number of the first entry that a watch from a position receives. Undefined if the log does not cover the position, or if its
   * digest shows that the client has other rows.
   */
  entryAfter(position: bigint): number | undefined {
    const place = this.#scheme.placeOf(position);
    return this.#log.covers(place) ? this.#log.after(place, this.#scheme.digestOf(position)) : undefined;
  }

  /**
   * Moves the frontier to the current version of the source. Every change up to it must have been applied. If it moves, the rows that
   * {@link resend} has named are sent again.
   * @param from the frontier before the changes of this tick
   * @returns whether rows were sent again
   */
  advance(from: bigint): boolean {
    this.#reach(this.#scheme.frontier());
    if (this.#owed.size === 0 || this.#frontier === from) return false;
    const keys = [...this.#owed];
    this.#owed.clear();
    for (const key of keys) this.#sendAgain(key);
    return true;
  }

  /**
   * Sends a row again when the frontier next moves: as a change to equal content, with the new position. A client whose version of the row
   * could not be judged receives a version that can.
   */
  resend(key: string): void {
    if (this.#scheme.portable) this.#owed.add(key);
  }

  /**
   * Returns whether a row has had its current content since a version that a client has of it (*Writes* in `docs/resource-versions.md`).
   * `ahead`: the view has not reached that version. `unknown`: the row has changed, or the view cannot know.
   */
  stateSince(row: Row, version: bigint): RowSince {
    if (version === row.position) return 'unchanged';
    const scheme = this.#scheme;
    if (!scheme.portable) return 'unknown';
    const place = scheme.placeOf(version);
    if (place > this.#frontier) return 'ahead';
    const shown = scheme.placeOf(row.position);
    const made = scheme.placeOfVersion(scheme.stampOf(row.key)?.version) ?? shown;
    if (place < (made < shown ? made : shown)) return 'unknown';
    return scheme.digestOf(version) === row.digest || this.entryAfter(version) !== undefined ? 'unchanged' : 'unknown';
  }

  /** Replaces everything with a complete state. The log starts with it. */
  replace(entries: Iterable<readonly [string, unknown]>): void {
    const place = this.#scheme.placeOfState();
    this.#rows.clear();
    for (const [key, object] of entries) {
      const row = this.#rows.encodeOfState(key, object, place);
      if (row !== undefined) this.#rows.store({ before: undefined, after: row });
    }
    this.#startLog(place);
  }

  /**
   * Continues with another scheme and a complete state. Positions of the new scheme may be lower, so the frontier starts again too. The log
   * covers no earlier position.
   */
  changeScheme(scheme: ViewScheme, entries: Iterable<readonly [string, unknown]>): void {
    this.#scheme = scheme;
    this.#rows.scheme = scheme;
    this.#frontier = 0n;
    this.replace(entries);
  }

  /** Applies the changes that one tick made to the collection. @returns the watches that must end, if any */
  apply(batch: DeltaBatch<unknown>): WatchesEnd | undefined {
    const { cause } = batch;
    const deltas = this.#withRecreated(batch);
    if (cause.type === 'RELIST' && this.#scheme.portable) return this.#relist(deltas, cause);
    return this.#applyAll(deltas, cause);
  }

  /**
   * Applies changes if no change between them is unknown. In scheme `upstream`, an object that is re-created without a DELETED shows that
   * upstream has lost an event: the log starts again, as after a list that changes more than one row. A DELETED and an ADDED cannot both have
   * the version of one event, because versions would have no order.
   */
  #applyAll(deltas: readonly Delta<unknown>[], cause: Cause): WatchesEnd | undefined {
    let hasLostEvent = false;
    for (const delta of deltas) {
      let place: bigint | undefined;
      const placeOnce = (): bigint => (place ??= this.#placeOfChange(cause));
      const change = this.#rows.project(delta, placeOnce);
      if (change.before === change.after) continue;
      if (!isRecreated(change)) this.#record(change, placeOnce());
      else if (this.#scheme.portable) {
        hasLostEvent = true;
        this.#rows.store(change);
        this.#reach(placeOnce());
      } else this.#recordRecreated(change, placeOnce(), cause);
    }
    if (!hasLostEvent) return undefined;
    this.#startLog(this.#frontier);
    return { beyond: BELOW_ALL };
  }

  /** Records a row whose object was re-created as DELETED and ADDED: clients that identify objects by their uid need both. */
  #recordRecreated({ before, after }: Recreated, place: bigint, cause: Cause): void {
    this.#record({ before, after: undefined }, place);
    const next = this.#placeOfChange(cause);
    this.#record({ before: undefined, after: this.#options.encoder.at(after, next) }, next);
  }

  /**
   * Applies a new list (rules 2, 6 and 7 of scheme `upstream` in `docs/resource-versions.md`). The changes between the old frontier and the
   * list are unknown. If more than one row differs (a re-created row counts as two), the log starts again. Otherwise it continues with a
   * skipped span. Rows that are equal, but were made from another version of their object, take that version: they may have been different
   * in between.
   *
   * A new list of the same version skips nothing. Its differences are events that were lost on the way, and they are logged as late. After
   * an upstream was restored from a backup, everything starts again at the lower version of the list.
   */
  #relist(deltas: readonly Delta<unknown>[], cause: RelistCause): WatchesEnd {
    if (cause.restored === true) {
      this.#frontier = 0n;
      this.replace(this.#options.entries());
      return { beyond: BELOW_ALL };
    }
    const from = this.#frontier;
    const to = this.#placeOfChange(cause);
    if (to === from) {
      this.#restamp(this.#restamps(cause, new Set(deltas.map(({ key }) => key)), to), to);
      return this.#applyAll(deltas, cause) ?? { beyond: from };
    }
    const changes = deltas
      .map((delta) => this.#rows.project(delta, () => to))
      .filter(({ before, after }) => before !== after);
    const changed = new Set(changes.flatMap(({ before, after }) => (before ?? after)?.key ?? []));
    const restamps = this.#restamps(cause, changed, to);
    if (changes.reduce((sum, change) => sum + weight(change), 0) > 1) {
      for (const { before, after } of changes)
        this.#rows.store({ before, after: after && this.#rows.atSource(after, to) });
      for (const change of restamps) this.#rows.store(change);
      this.#startLog(to);
      return { beyond: BELOW_ALL };
    }
    this.#log.skip(from, to);
    this.#restamp(restamps, to);
    for (const change of changes) this.#record(change, to, false);
    this.#reach(to);
    return { beyond: from };
  }

  /** Returns the unchanged rows of source objects with another version than before, and the rows with the version of their object. */
  #restamps({ updated = [] }: RelistCause, changed: ReadonlySet<string>, state: bigint): RowChange[] {
    return updated.flatMap((key) => {
      const before = changed.has(key) ? undefined : this.#rows.get(key);
      return before === undefined ? [] : [{ before, after: this.#rows.atSource(before, state) }];
    });
  }

  /** Gives rows other versions, in one silent entry at a place. */
  #restamp(restamped: readonly RowChange[], place: bigint): void {
    if (restamped.length === 0) return;
    for (const change of restamped) this.#rows.store(change);
    // The entry keeps all old rows. If they are too large for the log, the positions before it expire instead.
    if (bytesOf(restamped) > this.#options.bounds.bytes) this.#log.forgetBefore(place);
    else this.#append({ before: undefined, after: undefined, restamped, place, late: false });
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
    this.#rows.clear();
    this.#startLog(this.#frontier);
  }

  /** Returns the place of a change. It is never below the frontier, because watchers at the frontier would not receive the change. */
  #placeOfChange(cause: Cause): bigint {
    const place = this.#scheme.placeOfChange(cause);
    return place > this.#frontier ? place : this.#frontier;
  }

  #record(change: RowChange, place: bigint, late = place === this.#frontier): void {
    this.#rows.store(change);
    this.#append({ ...change, place, late });
    this.#reach(place);
  }

  #sendAgain(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined || this.#scheme.placeOf(before.position) === this.#frontier) return;
    const after = this.#options.encoder.at(before, this.position);
    this.#rows.store({ before, after });
    this.#append({ before, after, place: this.#frontier, late: false });
  }

  #append(entry: Omit<LogEntry, 'position' | 'digest' | 'at'>): void {
    const digest = this.#rows.digest;
    const position = this.#scheme.position(entry.place, digest);
    this.#log.append({ ...entry, position, digest, at: this.#options.clock.now() }, () => this.#rows.snapshot());
  }

  #reach(place: bigint): void {
    if (place > this.#frontier) this.#frontier = place;
  }

  #startLog(place: bigint): void {
    this.#reach(place);
    this.#owed.clear();
    this.#log = new ChangeLog(place, this.#options.bounds, this.#log.nextNumber, this.#rows.digest);
  }
}

/** A change of a row whose source object was replaced by another one, with another uid. */
interface Recreated extends RowChange {
  readonly before: Row;
  readonly after: Row;
}

function isRecreated(change: RowChange): change is Recreated {
  const { before, after } = change;
  return before !== undefined && after !== undefined && before.object.metadata.uid !== after.object.metadata.uid;
}

/** Returns the number of rows that a change counts for. A recreated row counts twice: as a deleted row and a new row. */
function weight(change: RowChange): number {
  return isRecreated(change) ? 2 : 1;
}
