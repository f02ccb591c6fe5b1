/**
 * Failures of users' functions: columns that throw, and projections that throw. A failure affects only its cell or its row, and this
 * module logs it, because clients see only that the cell is empty or the row is missing.
 * @module
 */
import { type Clock, systemClock } from '../../clock.ts';
import type { RowError } from '../../informers/collection/errors.ts';
import { isForbiddenPromise } from '../../informers/collection/purity.ts';
import { scheduler } from '../../informers/collection/scheduler.ts';
import { DuplicateKeyError, KeyChangedError, NotARowError, RowRefusedError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { InvalidKeyError } from '../../projections/results.ts';
import type { RowObject } from '../../projections/row.ts';
import type { Logger } from '../logger.ts';
import type { TableColumn } from '../wire/table.ts';

/** The maximum number of failing rows of a resource that the log names. */
const MAX_NAMED_ROWS = 20;
/** The maximum number of reasons of one row that the log names. */
const MAX_REASONS_OF_ROW = 5;
/** The time after which the log names rows again. */
const NAMED_MS = 3_600_000;

/** Errors of the framework's own checks of a row. */
const CHECK_ERRORS = [RowRefusedError, NotARowError, KeyChangedError, DuplicateKeyError, InvalidKeyError] as const;

/** Receives the first failure of each column. */
export type ColumnFailureListener = (column: string, row: RowObject, error: unknown) => void;

/** Returns the same columns, with functions that do not throw. A cell is empty if the function throws or returns an invalid value. */
export function guardedColumns(
  columns: readonly TableColumn<RowObject>[],
  onFailure: ColumnFailureListener,
): readonly TableColumn<RowObject>[] {
  const reported = new Set<string>();
  const guarded =
    <V>(name: string, value: (row: RowObject) => V, isCell: (cell: NonNullable<V>) => boolean) =>
    (row: RowObject): V | undefined => {
      try {
        const cell = value(row);
        if (cell === undefined || cell === null || isCell(cell)) return cell;
        if (isForbiddenPromise(cell)) throw new TypeError('a cell cannot be a promise');
        throw new TypeError(`a cell cannot be ${Array.isArray(cell) ? 'an array' : typeof cell}`);
      } catch (error) {
        if (!reported.has(name)) {
          reported.add(name);
          onFailure(name, row, error);
        }
        return undefined;
      }
    };
  return columns.map((column): TableColumn<RowObject> =>
    column.type === 'date'
      ? { ...column, value: guarded(column.name, column.value, (cell) => typeof cell === 'string') }
      : { ...column, value: guarded(column.name, column.value, isScalar) },
  );
}

/** The rows that a log has named since `since`. */
interface NamedRows {
  since: number;
  /** The last reason of each row, and the number of its lines. */
  readonly rows: Map<string, { readonly message: string; readonly lines: number }>;
  /** Whether the log has said that it names no more rows. */
  isFull: boolean;
}

/**
 * Logs each error of a row in the tick in which it happens: also of a row that has never existed, and again when the reason changes. The
 * same reason of the same row is logged once. Within an hour, it names at most 20 rows, and each of them with at most 5 reasons.
 * @param clock the time of the hour
 * @returns a function that stops logging
 */
export function logRowErrors(
  view: MaterializedView,
  resource: string,
  log: Logger,
  clock: Pick<Clock, 'now'> = systemClock,
): () => void {
  const named: NamedRows = { since: clock.now(), rows: new Map(), isFull: false };
  let pending: RowError[] = [];
  const flush = (): void => {
    const errors = pending;
    pending = [];
    for (const error of errors) logOne(error);
  };
  const logOne = ({ key, message, cause }: RowError): void => {
    const last = named.rows.get(key);
    if (last?.message === message || (last?.lines ?? 0) >= MAX_REASONS_OF_ROW) return;
    if (last === undefined && named.rows.size >= MAX_NAMED_ROWS) {
      if (!named.isFull) log.warn(`${resource}: more rows have errors (${view.errorCount} now); the log names no more`);
      named.isFull = true;
      return;
    }
    named.rows.set(key, { message, lines: (last?.lines ?? 0) + 1 });
    log.warn(`${resource}: ${message}`, loggedCause(cause));
  };
  const record = (error: RowError): void => {
    const now = clock.now();
    if (now - named.since >= NAMED_MS) {
      named.since = now;
      named.rows.clear();
      named.isFull = false;
    }
    if (named.isFull && !named.rows.has(error.key)) return;
    pending.push(error);
    // The log is not called while the rows of the tick are being computed.
    if (pending.length === 1) scheduler.write(flush);
  };
  for (const error of view.errors.values()) record(error);
  return view.onRowError(record);
}

/** Returns the error that the projection threw. An error of the framework's checks is left out: its message is in the log already. */
function loggedCause(cause: unknown): unknown {
  return CHECK_ERRORS.some((type) => cause instanceof type) ? undefined : cause;
}

function isScalar(cell: unknown): boolean {
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean';
}
