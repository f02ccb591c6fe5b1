/**
 * Failures of users' functions: columns that throw, and projections that throw. A failure affects only its cell or its row, and this
 * module logs it, because clients see only that the cell is empty or the row is missing.
 * @module
 */
import { DuplicateKeyError, KeyChangedError, NotARowError, RowRefusedError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { InvalidKeyError } from '../../projections/results.ts';
import type { RowObject } from '../../projections/row.ts';
import type { Logger } from '../logger.ts';
import type { TableColumn } from '../wire/table.ts';

/** The maximum number of failing rows of a resource that the log names. */
const MAX_NAMED_ROWS = 20;

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

/**
 * Logs each row of a view that has an error, once. It reads the errors only when their number changes, so changes of other rows cost
 * nothing.
 * @returns a function that stops logging
 */
export function logRowErrors(view: MaterializedView, resource: string, log: Logger): () => void {
  const named = new Set<string>();
  let count = 0;
  const update = (): void => {
    const { errorCount } = view;
    if (errorCount === count) return;
    count = errorCount;
    if (named.size > MAX_NAMED_ROWS) return;
    for (const { key, message, cause } of view.errors.values()) {
      if (named.size > MAX_NAMED_ROWS) return;
      if (named.has(key)) continue;
      named.add(key);
      if (named.size > MAX_NAMED_ROWS)
        log.warn(`${resource}: more rows have errors (${count} now); the log names no more`);
      else log.warn(`${resource}: ${message}`, loggedCause(cause));
    }
  };
  update();
  return view.onChange(update);
}

/** Returns the error that the projection threw. An error of the framework's checks is left out: its message is in the log already. */
function loggedCause(cause: unknown): unknown {
  return CHECK_ERRORS.some((type) => cause instanceof type) ? undefined : cause;
}

function isScalar(cell: unknown): boolean {
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean';
}
