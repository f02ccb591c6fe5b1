/**
 * Columns whose failures stay in their cells: what a user's function does on one row must not take a list, or a watch, from everybody.
 * @module
 */
import type { RowObject } from '../../projections/row.ts';
import type { TableColumn } from '../wire/table.ts';

/** Is told of the first failure of each column. */
export type ColumnFailure = (column: string, row: RowObject, error: unknown) => void;

/** The same columns; a cell that cannot be made, or is none, is empty. */
export function guardedColumns(
  columns: readonly TableColumn<RowObject>[],
  failed: ColumnFailure,
): readonly TableColumn<RowObject>[] {
  const told = new Set<string>();
  const guarded =
    <V>(name: string, value: (row: RowObject) => V, isCell: (cell: NonNullable<V>) => boolean) =>
    (row: RowObject): V | undefined => {
      try {
        const cell = value(row);
        if (cell === undefined || cell === null || isCell(cell)) return cell;
        throw new TypeError(`a cell cannot be ${Array.isArray(cell) ? 'an array' : typeof cell}`);
      } catch (error) {
        if (!told.has(name)) {
          told.add(name);
          failed(name, row, error);
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

function isScalar(cell: unknown): boolean {
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean';
}
