/**
 * The SQLite file of a store: its tables, and how it is opened.
 *
 * - `writes` has the last write of each object, and all writes of the logs. A row without JSON is a deletion.
 * - `objects` has the revision of the last write of each object.
 * - `resources` has the revision up to which the log of each resource was compacted.
 * - `store` has one row: the counter of revisions, and the revision at which the current history begins.
 * @module
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { refusedFile } from './sqlite-failure.ts';

/** "kfst": marks the file as a store of kubefacet. */
const APPLICATION_ID = 0x6b_66_73_74;

/** The version of the tables. A change of the tables increments it and converts older files. */
export const SCHEMA_VERSION = 1;

const TABLES = `
  CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), counter INTEGER NOT NULL, epoch INTEGER NOT NULL) STRICT;
  CREATE TABLE resources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, compacted INTEGER NOT NULL) STRICT;
  CREATE TABLE writes (
    revision INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL,
    previous INTEGER NOT NULL, -- the revision of the content before; 0 for a create
    at INTEGER NOT NULL, -- milliseconds since 1970, for the age of the log only
    weight INTEGER NOT NULL, -- bytes of the JSON before and after
    key TEXT NOT NULL,
    json BLOB
  ) STRICT;
  CREATE INDEX log ON writes (resource, revision);
  CREATE TABLE objects (
    resource INTEGER NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (resource, key)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens a file, takes its exclusive lock, and creates the tables of a new file.
 * @throws SqliteCallError if the file does not belong to a store, or to a newer version of kubefacet
 * @throws Error of `node:sqlite`, such as "database is locked"
 */
export function openDatabase(path: string, firstRevision: number): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (sqlite === undefined) {
    throw refusedFile(
      `sqliteStore needs the module node:sqlite, and this Node.js ${process.versions.node} runs without it; ` +
        'use a build of nodejs.org from 22.19 on, without the option --no-experimental-sqlite',
    );
  }
  createPrivateFile(path);
  const database = new sqlite.DatabaseSync(path);
  try {
    // Before the first access, so that the lock is kept from then on, and the index of the WAL is in memory instead of a shared file.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    checkOwner(path, database);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
    database.exec('BEGIN EXCLUSIVE');
    if (pragma(database, 'user_version') === 0) createTables(database, firstRevision);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Creates an empty file that only its owner may read, if it does not exist. SQLite gives its other files the same permissions. */
export function createPrivateFile(path: string): void {
  // An existing file must not be opened here: closing it would release the locks that this process holds on it.
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // SQLite will fail to open the file for the same reason, and its error has a code that is described.
  }
}

function checkOwner(path: string, database: DatabaseSync): void {
  const version = pragma(database, 'user_version');
  const owner = pragma(database, 'application_id');
  const isEmpty = owner === 0 && version === 0 && pragma(database, 'schema_version') === 0;
  if (isEmpty) return;
  if (owner !== APPLICATION_ID) throw refusedFile(`${path} belongs to another program; use another path`);
  if (version > SCHEMA_VERSION) {
    throw refusedFile(
      `${path} has schema version ${version}, and this kubefacet reads up to version ${SCHEMA_VERSION}; update kubefacet, or use another path`,
    );
  }
}

function createTables(database: DatabaseSync, firstRevision: number): void {
  database.exec(TABLES);
  database.prepare('INSERT INTO store VALUES (1, ?, ?)').run(firstRevision, firstRevision);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** Returns a pragma whose value is a number. */
function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
