/**
 * The failures of an SQLite file: one sentence for each, with the file and the fix.
 * @module
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorMessage } from '../../error-message.ts';
import { StoreFullError, StoreRefusedError, StoreUnavailableError, WriteOutcomeUnknownError } from '../errors.ts';
import type { SqliteFailure } from './sqlite-messages.ts';

/** A call of the thread failed. Never thrown to callers of a store; see {@link storeErrorOf}. */
export class SqliteCallError extends Error {
  override readonly name = 'SqliteCallError';
  readonly kind: SqliteFailure['kind'];
  /** Whether the file must be opened again. */
  readonly isBroken: boolean;
  constructor({ kind, message, isBroken }: SqliteFailure, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.isBroken = isBroken;
  }
}

/** Returns the error of a file that must not be used. */
export function refusedFile(message: string): SqliteCallError {
  return new SqliteCallError({ kind: 'refused', message, isBroken: false });
}

/** The primary result codes of SQLite, https://sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Returns the primary result code of an error of `node:sqlite`; 0 for other errors. */
function resultCodeOf(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 0;
  return error.errcode & 0xff;
}

/** Describes an error of `node:sqlite`. */
export function describeFailure(path: string, error: unknown): SqliteCallError {
  if (error instanceof SqliteCallError) return error;
  const failure = (kind: SqliteFailure['kind'], message: string): SqliteCallError =>
    new SqliteCallError({ kind, message, isBroken: false }, error);
  switch (resultCodeOf(error)) {
    case BUSY:
    case LOCKED:
      return failure('unavailable', `${path} is in use by another process; stop that process, or use another path`);
    case READONLY:
      return failure('refused', readOnly(path));
    case CORRUPT:
      return failure('refused', damaged(path));
    case NOTADB:
      return failure('refused', `${path} is not an SQLite file; use another path, or move the file away`);
    case FULL:
      return failure('full', `the disk of ${path} is full; free some space, or enlarge the volume`);
    case CANTOPEN:
      return failure('refused', cannotOpen(path));
    case IOERR:
      // The lock of a read-only file fails with this code.
      if (!isWritable(path)) return failure('refused', readOnly(path));
      return failure('unavailable', failedAccess(path, error));
    default:
      return failure('unavailable', failedAccess(path, error));
  }
}

function failedAccess(path: string, error: unknown): string {
  return `${path} cannot be read or written: ${errorMessage(error)}; check its disk`;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return !existsSync(path);
  }
}

/** Returns the error of a file whose content is damaged. */
export function damagedFile(path: string): SqliteCallError {
  return refusedFile(damaged(path));
}

function damaged(path: string): string {
  return `${path} is damaged; stop the server, and run: kubefacet store restore ${path} --from BACKUP`;
}

function readOnly(path: string): string {
  const user = process.getuid?.();
  const writer = user === undefined ? 'this process' : `this process (user ${user})`;
  return `${path} is read-only; make the file and its folder writable for ${writer}`;
}

function cannotOpen(path: string): string {
  if (!existsSync(dirname(path)))
    return `the folder of ${path} does not exist; create the folder, or mount the volume there`;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    return `${path} is a folder; use the path of a file in it`;
  return readOnly(path);
}

/** Returns the error of the contract for a failed call. @param key the key of a write; undefined for a read */
export function storeErrorOf(error: unknown, key?: string): unknown {
  if (!(error instanceof SqliteCallError)) return error;
  switch (error.kind) {
    case 'refused':
      return new StoreRefusedError(error.message, error);
    case 'full':
      return new StoreFullError(error.message, error);
    case 'unknown':
      if (key !== undefined) return new WriteOutcomeUnknownError(key, error);
      return new StoreUnavailableError(error.message, error);
    case 'unavailable':
      return new StoreUnavailableError(error.message, error);
  }
}
