/**
 * Starts a new history in a file that was restored from a backup.
 *
 * The file does not have the writes that were made after the backup. Clients still hold their positions. So the counter of revisions moves
 * far beyond the lost history, and the log is emptied: all earlier positions receive 410, and no revision is used twice.
 * @module
 */
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { damagedFile, describeFailure, refusedFile, storeErrorOf } from './sqlite-failure.ts';
import { flushFile, SQLITE_REVISION_LIMIT } from './sqlite-file.ts';
import { openDatabase } from './sqlite-schema.ts';

/** The number of revisions between the backup and the new history. A store that makes 10,000 writes per second uses them in 5 days. */
export const RESTORE_GAP = 2 ** 32;

/** The result of {@link restoreSqliteFile}. */
export interface RestoredFile {
  /** The revision of the last write in the backup. */
  readonly last: number;
  /** The revision at which the new history begins. */
  readonly first: number;
}

/**
 * Starts a new history in the file of a store. No process may use the file.
 * @param from a backup that replaces the file. Without it, the file itself was restored already
 * @throws StoreRefusedError, StoreUnavailableError, StoreFullError; the file is then as before
 */
export function restoreSqliteFile(file: string, from?: string): RestoredFile {
  const path = resolve(file);
  try {
    return from === undefined ? startHistory(path) : replaceFile(path, resolve(from));
  } catch (error) {
    throw storeErrorOf(describeFailure(path, error));
  }
}

function replaceFile(path: string, backup: string): RestoredFile {
  if (backup === path) throw refusedFile(`${path} cannot be restored from itself; omit --from`);
  const copy = `${path}.restoring`;
  requireContent(backup);
  requireUnused(backup);
  removeFiles(copy);
  try {
    copyFileSync(backup, copy);
    if (existsSync(`${backup}-wal`)) copyFileSync(`${backup}-wal`, `${copy}-wal`);
    const restored = startHistory(copy, backup);
    flushFile(copy);
    requireUnused(path);
    // The log of SQLite belongs to the lost history. It would damage the restored file.
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    renameSync(copy, path);
    flushFolder(dirname(path));
    return restored;
  } finally {
    removeFiles(copy);
  }
}

/** @param shown the path in messages */
function startHistory(path: string, shown: string = path): RestoredFile {
  requireContent(path);
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path, 0);
    if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw damagedFile(shown);
    const last = Number(database.prepare('SELECT counter FROM store').get()?.['counter']);
    const first = last + RESTORE_GAP;
    if (first >= SQLITE_REVISION_LIMIT)
      throw refusedFile(
        `${shown} was restored too often: its revisions would exceed 2^43; copy its objects to a new file`,
      );
    database.exec('BEGIN IMMEDIATE');
    database.prepare('UPDATE store SET counter = ?, epoch = ?').run(first, first);
    database.prepare('UPDATE resources SET compacted = ?').run(first);
    database.exec('DELETE FROM writes WHERE revision NOT IN (SELECT revision FROM objects)');
    database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
    return { last, first };
  } catch (error) {
    throw describeFailure(shown, error);
  } finally {
    database?.close();
  }
}

/** @throws SqliteCallError if the file does not exist or is empty */
function requireContent(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw refusedFile(`${path} does not exist; use the path of an existing file`);
  if (stat.isDirectory()) throw refusedFile(`${path} is a folder; use the path of a file in it`);
  if (stat.size === 0) throw refusedFile(`${path} is empty; use another backup`);
}

/** @throws SqliteCallError if another process uses the file. A damaged file is no error, because it is replaced. */
function requireUnused(path: string): void {
  if (!existsSync(path)) return;
  try {
    openDatabase(path, 0).close();
  } catch (error) {
    const failure = describeFailure(path, error);
    if (failure.kind === 'unavailable') throw failure;
  }
}

function removeFiles(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/** Flushes the names of files in a folder. */
function flushFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
