/**
 * The file of a store, as its thread uses it. Every call blocks until it is done.
 *
 * Promises:
 * - A batch is one transaction: its writes, the counter of revisions and the compaction of the log are committed together, or not at all.
 * - A commit returns after its data was flushed to the disk (WAL with `synchronous=FULL`).
 * - If a commit fails, the file is opened again, which shows whether the batch was committed. Only if that fails too is the outcome
 *   unknown.
 *
 * The file has more than 250 lines, because the transaction and the counters in memory are only understood together.
 * @module
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { damagedFile, describeFailure, refusedFile, SqliteCallError } from './sqlite-failure.ts';
import type {
  SqliteFileOptions,
  SqlitePage,
  SqliteRow,
  SqliteState,
  SqliteWrite,
  SqliteWriteResult,
} from './sqlite-messages.ts';
import { createPrivateFile, openDatabase } from './sqlite-schema.ts';

/** The contract of stores: all revisions are lower. */
export const SQLITE_REVISION_LIMIT = 2 ** 43;

/** The bounds of one page. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 1024 * 1024;

/** The maximum number of writes that one commit removes from the log of a resource, so that no commit takes long. */
const MAX_DROPS = 1000;

/** The log of one resource: the writes after `compacted`. */
interface ResourceLog {
  readonly id: number;
  compacted: number;
  entries: number;
  bytes: number;
  /** The time of the oldest write in the log. */
  oldestAt: number;
}

type OpenFile = (path: string, firstRevision: number) => DatabaseSync;

/** See the top of this file. */
export class SqliteFile {
  readonly #options: SqliteFileOptions;
  readonly #openFile: OpenFile;
  #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #logs = new Map<string, ResourceLog>();
  #counter = 0;
  #epoch = 0;
  /** The size of the JSON of all objects. */
  #bytes = 0;

  /** @throws SqliteCallError */
  constructor(options: SqliteFileOptions, openFile: OpenFile = openDatabase) {
    this.#options = options;
    this.#openFile = openFile;
    this.#database = this.#open();
  }

  /** The revision of the last write. */
  get counter(): number {
    return this.#counter;
  }

  /**
   * Commits writes in one transaction. A write whose condition fails changes nothing, and the others are committed.
   * @throws SqliteCallError if the transaction failed
   */
  commit(writes: readonly SqliteWrite[], now: number): SqliteWriteResult[] {
    let isCommitting = false;
    let results: SqliteWriteResult[] = [];
    const before = this.#counter;
    if (before + writes.length >= SQLITE_REVISION_LIMIT)
      throw refusedFile(`${this.#options.path} has used all revisions below 2^43; use another path`);
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      results = writes.map((write) => this.#apply(write, now));
      for (const resource of new Set(writes.map((write) => write.resource))) this.#compact(resource, now);
      if (this.#counter > before) this.#run('UPDATE store SET counter = ? WHERE id = 1', this.#counter);
      isCommitting = true;
      this.#database.exec('COMMIT');
      return results;
    } catch (error) {
      return this.#recover(error, { isCommitting, before, results });
    }
  }

  /** @throws SqliteCallError */
  read(resource: string, key: string): SqliteState | undefined {
    return this.#guard(() => {
      const log = this.#logs.get(resource);
      return log === undefined ? undefined : this.#stateOf(log.id, key);
    });
  }

  /** Returns the rows of a resource after a revision. @throws SqliteCallError */
  page(resource: string, after: number): SqlitePage {
    return this.#guard(() => {
      const log = this.#logs.get(resource);
      const rows: SqliteRow[] = [];
      let bytes = 0;
      let hasMore = false;
      const text =
        'SELECT revision, key, json FROM writes WHERE resource = ? AND revision > ? ORDER BY revision LIMIT ?';
      for (const row of log === undefined ? [] : this.#statement(text).iterate(log.id, after, PAGE_ROWS + 1)) {
        if (rows.length === PAGE_ROWS || bytes > PAGE_BYTES) {
          hasMore = true;
          break;
        }
        const json = row['json'] instanceof Uint8Array ? row['json'] : null;
        rows.push({ revision: Number(row['revision']), key: String(row['key']), json });
        bytes += json?.length ?? 0;
      }
      const compacted = Math.max(this.#epoch, log?.compacted ?? 0);
      return { rows, hasMore, compacted, counter: this.#counter };
    });
  }

  /** Writes a complete and compact copy to a new file. @throws SqliteCallError */
  backup(file: string): void {
    try {
      createPrivateFile(file);
      this.#run('VACUUM INTO ?', file);
      flushFile(file);
    } catch (error) {
      const { message } = error as Error;
      throw new SqliteCallError(
        { kind: 'unavailable', message: `the backup ${file} cannot be written: ${message}`, isBroken: false },
        error,
      );
    }
  }

  /** Writes all changes into the file itself, and releases it. */
  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #open(): DatabaseSync {
    const { path, firstRevision } = this.#options;
    return this.#guard(() => {
      this.#database = this.#openFile(path, firstRevision);
      try {
        this.#readCounters();
      } catch (error) {
        this.close();
        throw error;
      }
      return this.#database;
    });
  }

  #readCounters(): void {
    const store = this.#get('SELECT counter, epoch FROM store');
    this.#counter = Number(store?.['counter']);
    this.#epoch = Number(store?.['epoch']);
    this.#bytes = Number(this.#get('SELECT total(bytes) AS bytes FROM objects')?.['bytes']);
    this.#logs.clear();
    for (const { id, name, compacted } of this.#statement('SELECT id, name, compacted FROM resources').all())
      this.#logs.set(String(name), this.#readLog(Number(id), Number(compacted)));
  }

  #readLog(id: number, compacted: number): ResourceLog {
    const text = `SELECT count(*) AS entries, total(weight) AS bytes, min(at) AS oldestAt
                  FROM writes WHERE resource = ? AND revision > ?`;
    const row = this.#get(text, id, compacted);
    const [entries, bytes] = [Number(row?.['entries']), Number(row?.['bytes'])];
    return { id, compacted, entries, bytes, oldestAt: Number(row?.['oldestAt'] ?? 0) };
  }

  /** Returns the results if a failed commit was applied. @throws SqliteCallError otherwise */
  #recover(
    error: unknown,
    batch: { isCommitting: boolean; before: number; results: SqliteWriteResult[] },
  ): SqliteWriteResult[] {
    const failure = describeFailure(this.#options.path, error);
    try {
      this.close();
      this.#open();
      if (!batch.isCommitting || this.#counter === batch.before) throw failure;
      // The log of SQLite has the batch, but flushing it has failed. This copies it into the file and flushes that.
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return batch.results;
    } catch (second) {
      if (second === failure) throw failure;
      const kind = batch.isCommitting ? 'unknown' : failure.kind;
      throw new SqliteCallError({ kind, message: failure.message, isBroken: true }, second);
    }
  }

  #apply(write: SqliteWrite, now: number): SqliteWriteResult {
    const log = this.#logOf(write.resource);
    const current = this.#get('SELECT revision, bytes FROM objects WHERE resource = ? AND key = ?', log.id, write.key);
    if (write.type === 'create' && current !== undefined) return { type: 'exists' };
    if (write.type !== 'create' && current === undefined) return { type: 'not found' };
    const needsState = current !== undefined && (write.type === 'delete' || current['revision'] !== write.expected);
    const state = needsState ? this.#stateOf(log.id, write.key) : undefined;
    if (state !== undefined && state.revision !== write.expected) return { type: 'conflict', current: state };
    const [bytes, bytesBefore] = [write.json?.length ?? 0, Number(current?.['bytes'] ?? 0)];
    if (bytes > bytesBefore && this.#bytes + bytes - bytesBefore > this.#options.maxBytes) return { type: 'full' };
    this.#counter += 1;
    const revision = this.#counter;
    this.#run(
      'INSERT INTO writes (revision, resource, previous, at, weight, key, json) VALUES (?, ?, ?, ?, ?, ?, ?)',
      revision,
      log.id,
      Number(current?.['revision'] ?? 0),
      now,
      bytes + bytesBefore,
      write.key,
      write.json ?? null,
    );
    if (write.json === undefined) this.#run('DELETE FROM objects WHERE resource = ? AND key = ?', log.id, write.key);
    else this.#run('REPLACE INTO objects VALUES (?, ?, ?, ?)', log.id, write.key, revision, bytes);
    this.#bytes += bytes - bytesBefore;
    if (log.entries === 0) log.oldestAt = now;
    log.entries += 1;
    log.bytes += bytes + bytesBefore;
    return state === undefined ? { type: 'written', revision } : { type: 'written', revision, last: state.json };
  }

  #stateOf(resource: number, key: string): SqliteState | undefined {
    const text = `SELECT objects.revision, json FROM objects LEFT JOIN writes USING (revision)
                  WHERE objects.resource = ? AND objects.key = ?`;
    const row = this.#get(text, resource, key);
    if (row === undefined) return undefined;
    if (!(row['json'] instanceof Uint8Array)) throw damagedFile(this.#options.path);
    return { revision: Number(row['revision']), json: row['json'] };
  }

  /** Drops the oldest writes of a log while it exceeds its bounds. The content that they replaced is deleted with them. */
  #compact(resource: string, now: number): void {
    const { entries, bytes, age } = this.#options.log;
    const log = this.#logOf(resource);
    const isWithin = (): boolean => log.entries <= entries && log.bytes <= bytes && now - log.oldestAt <= age;
    if (log.entries === 0 || isWithin()) return;
    const text = `SELECT revision, previous, at, weight, json IS NULL AS isDeletion FROM writes
                  WHERE resource = ? AND revision > ? ORDER BY revision LIMIT ?`;
    for (const row of this.#statement(text).all(log.id, log.compacted, MAX_DROPS)) {
      log.oldestAt = Number(row['at']);
      if (isWithin()) break;
      this.#run('DELETE FROM writes WHERE revision = ?', Number(row['previous']));
      if (row['isDeletion'] === 1) this.#run('DELETE FROM writes WHERE revision = ?', Number(row['revision']));
      log.compacted = Number(row['revision']);
      log.entries -= 1;
      log.bytes -= Number(row['weight']);
    }
    this.#run('UPDATE resources SET compacted = ? WHERE id = ?', log.compacted, log.id);
  }

  #logOf(resource: string): ResourceLog {
    const known = this.#logs.get(resource);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#run(
      'INSERT INTO resources (name, compacted) VALUES (?, ?)',
      resource,
      this.#epoch,
    );
    const log = { id: Number(lastInsertRowid), compacted: this.#epoch, entries: 0, bytes: 0, oldestAt: 0 };
    this.#logs.set(resource, log);
    return log;
  }

  #guard<R>(call: () => R): R {
    try {
      return call();
    } catch (error) {
      throw describeFailure(this.#options.path, error);
    }
  }

  #statement(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #get(text: string, ...values: (string | number)[]): Record<string, SQLOutputValue> | undefined {
    return this.#statement(text).get(...values);
  }

  #run(text: string, ...values: (string | number | Uint8Array | null)[]): { lastInsertRowid: number | bigint } {
    return this.#statement(text).run(...values);
  }
}

/** Flushes a file to the disk. */
export function flushFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
