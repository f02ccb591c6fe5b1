/**
 * The objects of one resource in an SQLite file, as a collection.
 *
 * ```
 *   idle ──first subscriber──► loading ── all rows are read ──► live ── file opened again ──► catches up
 *                               ▲   │                            └── last subscriber ──► idle
 *                               └───┘ failed, backoff
 * ```
 *
 * Promises:
 * - If the log has writes of earlier processes, the first load begins with the state at the start of the log, and applies every write of
 *   the log after it, in one task of the event loop. So the log of a view has these writes, and the watches of clients resume.
 * - While it is live, it has every acknowledged write. Each revision is applied once and in order.
 * - A value that is not an object is skipped and reported (`errors`).
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { type Clock, delay } from '../../clock.ts';
import { Backoff, type BackoffOptions } from '../../informers/collection/backoff.ts';
import { reasonOf, type RowError } from '../../informers/collection/errors.ts';
import { SourceCollection } from '../../informers/collection/source-collection.ts';
import { NO_STATE_YET, type SourceStatus } from '../../informers/collection/source-status.ts';
import { keyOf } from '../../key.ts';
import { RevisionsWentBackError } from '../errors.ts';
import type { StoredObject, Versioned } from '../object-store.ts';
import { withRevision } from '../stored-value.ts';
import type { SqliteConnection, SqliteFollower } from './sqlite-connection.ts';
import { storeErrorOf } from './sqlite-failure.ts';
import { type DecodedRow, type DecodedRows, SqliteRows } from './sqlite-rows.ts';
import type { SqliteCaller } from './sqlite-thread.ts';

/** Options of {@link SqliteCollection}. */
export interface SqliteCollectionOptions {
  readonly name: string;
  readonly connection: SqliteConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  /** Aborted when the store is closed. */
  readonly signal: AbortSignal;
}

/** See the top of this file. */
export class SqliteCollection extends SourceCollection<StoredObject> implements SqliteFollower {
  override readonly errors: ReadonlyMap<string, RowError>;
  protected override ownErrors = 0;
  readonly #options: SqliteCollectionOptions;
  readonly #rows: SqliteRows;
  #lifetime: LinkedAbort | undefined;
  #isLive = false;
  #failure: unknown;
  #subscriberFailure: string | undefined;
  #lastActivity: number | undefined;
  #unsyncedSince: number;

  constructor(options: SqliteCollectionOptions) {
    super(options.name, 'unique');
    this.#options = options;
    this.#rows = new SqliteRows(options.name, (error) => this.reportError(error));
    this.errors = this.#rows.errors;
    this.#unsyncedSince = options.clock.now();
    options.connection.follow(this);
  }

  /** Whether the objects include every acknowledged write, and no write has an unknown outcome. */
  get isCurrent(): boolean {
    return this.#isLive && this.#options.connection.isOpen;
  }

  /**
   * No other process writes to the file, and clients only receive revisions that were applied. So a later revision belongs to a history
   * that was lost when the file was replaced.
   */
  async hasReached(version: string): Promise<boolean> {
    return !this.isCurrent || Number(version) <= this.#position;
  }

  override sources(): SourceStatus[] {
    const failure = this.#options.connection.failure ?? this.#failure;
    const [invalid] = this.errors.values();
    const waiting = this.hasSynced ? undefined : NO_STATE_YET;
    const reason = failure === undefined ? undefined : reasonOf(failure);
    const message = reason ?? invalid?.message ?? this.#subscriberFailure ?? waiting;
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasSynced && !(failure instanceof RevisionsWentBackError),
        message: this.connected ? message : 'not running: it has no subscribers',
        lastActivity: this.#lastActivity,
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  /** Applies a committed write, unless the collection has not loaded its objects yet: then the load includes it. */
  applyWrite(type: 'ADDED' | 'MODIFIED' | 'DELETED', versioned: Versioned): void {
    if (!this.#isLive) return;
    this.#lastActivity = this.#options.clock.now();
    const object = withRevision(versioned);
    this.#rows.forget(keyOf(object));
    this.ownErrors = this.errors.size;
    this.#publish(() => this.applyEvent({ type, object, version: String(versioned.revision) }));
  }

  async catchUp(thread: SqliteCaller): Promise<void> {
    if (!this.#isLive) return;
    const read = await this.#rows.read(thread, this.#position);
    this.ownErrors = this.errors.size;
    if (!this.#isLive) return;
    if (read.compacted <= this.#position) {
      for (const row of read.rows) this.#applyRow(row);
      return;
    }
    this.#applyState(await this.#rows.read(thread, 0));
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    const { clock, signal } = this.#options;
    if (signal.aborted) return;
    const lifetime = new LinkedAbort(signal);
    this.#lifetime = lifetime;
    this.#unsyncedSince = clock.now();
    this.#failure = undefined;
    // The subscription may happen inside a tick. The load begins after it.
    queueMicrotask(() => void this.#run(lifetime.signal));
  }

  protected override stop(): void {
    this.#lifetime?.abort();
    this.#lifetime = undefined;
    this.#isLive = false;
    this.#unsyncedSince = this.#options.clock.now();
    this.#rows.clear();
    this.ownErrors = 0;
    this.forget();
  }

  /** Loads the objects, again and again until it succeeds, and keeps the process alive. Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    const { backoff: timing, clock, connection, random } = this.#options;
    const backoff = new Backoff(clock, random, timing);
    const release = clock.hold?.();
    signal.addEventListener('abort', () => release?.(), { once: true });
    while (!signal.aborted && !this.#isLive) {
      try {
        await connection.turn(() => this.#load(signal));
      } catch (error) {
        if (signal.aborted) break;
        this.#failure = storeErrorOf(error);
        await delay(clock, backoff.next(), signal);
      }
    }
    if (signal.aborted) release?.();
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { clock, connection } = this.#options;
    this.#rows.clear();
    const read = await this.#rows.read(connection, 0);
    this.ownErrors = this.errors.size;
    if (signal.aborted) return;
    this.#failure = undefined;
    this.#lastActivity = clock.now();
    // From now on, because a subscriber may write to the store, or unsubscribe.
    this.#isLive = true;
    // No client has a position between the writes that this process made before it first read the resource.
    const isResumable = this.frontier === undefined && read.compacted < connection.firstCounter;
    if (isResumable) this.#replayLog(read, signal);
    else this.#applyState(read);
  }

  /** Applies the state at the start of the log, and then each write of the log. */
  #replayLog({ rows, compacted, counter }: DecodedRows, signal: AbortSignal): void {
    const firstWrite = rows.findIndex(({ revision }) => revision > compacted);
    const base = firstWrite === -1 ? rows : rows.slice(0, firstWrite);
    const objects = base.flatMap(({ object }) => object ?? []);
    this.#publish(() => this.replaceAll(objects, String(compacted)));
    for (const row of rows.slice(base.length)) {
      if (signal.aborted) return;
      this.#applyRow(row);
    }
    if (!signal.aborted) this.#publish(() => this.advance(String(counter)));
  }

  /** Applies the last state of each object in one step. */
  #applyState({ rows, counter }: DecodedRows): void {
    const objects = new Map<string, StoredObject>();
    for (const { key, object } of rows) {
      if (object === undefined) objects.delete(key);
      else objects.set(key, object);
    }
    this.#publish(() => this.replaceAll(objects.values(), String(counter)));
  }

  #applyRow({ revision, key, object }: DecodedRow): void {
    if (revision <= this.#position) return;
    const previous = this.store.get(key);
    const version = String(revision);
    if (object !== undefined) {
      const type = previous === undefined ? 'ADDED' : 'MODIFIED';
      this.#publish(() => this.applyEvent({ type, object, version }));
    } else if (previous === undefined) {
      this.#publish(() => this.advance(version));
    } else {
      const deleted = withRevision({ object: previous, revision });
      this.#publish(() => this.applyEvent({ type: 'DELETED', object: deleted, version }));
    }
  }

  /** The revision up to which every write was applied. */
  get #position(): number {
    return Number(this.frontier ?? 0);
  }

  /** Writes to the collection. If a subscriber throws, the write has already been made, so the error is recorded. */
  #publish(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
    }
  }
}
