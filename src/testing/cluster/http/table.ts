/**
 * Tables as the fake cluster sends them: values whose cells are computed at each read.
 * @module
 */
import { humanAge, timeOf } from '../../../server/wire/human-age.ts';
import type { KubernetesObject, ListMeta } from '../../../server/wire/object.ts';
import {
  ageColumn,
  type IncludeObject,
  type MetaVersion,
  nameColumn,
  rowObject,
  type Table,
  type TableCell,
  type TableColumn,
  tableOf,
} from '../../../server/wire/table.ts';
import { unreachable } from '../../../unreachable.ts';

/** The columns of a kind that declares no columns. */
export const defaultColumns: readonly TableColumn<KubernetesObject>[] = [nameColumn, ageColumn];

/** Options of {@link table}. */
export interface TableOptions {
  /** The time of the read, in milliseconds since the epoch. Ages are relative to it. */
  readonly now: number;
  /** Default Metadata. */
  readonly includeObject?: IncludeObject | undefined;
  /** Default v1. */
  readonly version?: MetaVersion | undefined;
  /** The metadata of the list. Omitted for a get and for a watch event: the Table then has the resourceVersion of its only row. */
  readonly metadata?: ListMeta | undefined;
  /** False for all events of a watch except the first: `columnDefinitions` is then null. Default true. */
  readonly withColumnDefinitions?: boolean | undefined;
}

/** Returns a Table for the rows of a list, or for the one row of a get or a watch event. */
export function table<T extends KubernetesObject>(
  columns: readonly TableColumn<T>[],
  rows: readonly T[],
  { now, includeObject = 'Metadata', version = 'v1', metadata, withColumnDefinitions = true }: TableOptions,
): Table {
  const resourceVersion = rows[0]?.metadata?.resourceVersion;
  const head = {
    version,
    metadata: metadata ?? (resourceVersion === undefined ? {} : { resourceVersion }),
    columns: withColumnDefinitions ? columns : undefined,
  };
  return tableOf(
    head,
    rows.map((row) => ({
      cells: columns.map((column) => cellOf(column, row, now)),
      object: rowObject(row, includeObject, version),
    })),
  );
}

function cellOf<T>(column: TableColumn<T>, row: T, now: number): TableCell {
  switch (column.type) {
    case 'date':
      return humanAge(timeOf(column.value(row)), now, column);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return column.value(row) ?? null;
    default:
      return unreachable(column);
  }
}
