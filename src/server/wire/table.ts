/**
 * Tables, kubectl's form of lists (api-semantics 3.3): columns, cells and rows.
 * @module
 */
import { humanAge } from './human-age.ts';
import { initialEventsEndAnnotation } from './watch-frames.ts';
import type { KubernetesObject, ListMeta } from './object.ts';
import { partialObjectMetadata, type MetaVersion } from './partial-metadata.ts';
import { firstValue } from './query.ts';
import { quoted } from './quote.ts';
import { badRequest } from './status.ts';
import { unreachable } from '../../unreachable.ts';

export type { MetaVersion } from './partial-metadata.ts';

/** The content of a cell. Null is an empty cell. */
export type TableCell = string | number | boolean | null;

interface ColumnText {
  readonly name: string;
  /** A modifier of the type. `name` marks the column that contains the name for kubectl. */
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  /** kubectl always prints a column with priority 0 (the default), and prints higher priorities only with `-o wide`. */
  readonly priority?: number | undefined;
}

/** A column whose cells depend only on the row. An undefined value is an empty cell (null). */
export interface ValueColumn<T> extends ColumnText {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly value: (row: T) => TableCell | undefined;
}

/**
 * A column of ages. `value` returns the timestamp (RFC 3339); the cell is its age at the time of the read, as text, because kubectl
 * prints cells unchanged. No other cells depend on the time.
 */
export interface DateColumn<T> extends ColumnText {
  readonly type: 'date';
  readonly value: (row: T) => string | undefined;
}

/** A column of a Table, as a resource declares it. */
export type TableColumn<T> = ValueColumn<T> | DateColumn<T>;

/** A column in the wire form of a Table. */
export interface TableColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly TableCell[];
  readonly object: unknown;
}

/** A Table in wire form. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: `meta.k8s.io/${MetaVersion}`;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly TableColumnDefinition[] | null;
  readonly rows: readonly TableRow[];
}

/** The content of `rows[].object`. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/**
 * Parses the query parameter `includeObject`. Default Metadata.
 * @throws ApiError 400
 */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = firstValue(query, 'includeObject') ?? '';
  switch (value) {
    case '':
    case 'Metadata':
      return 'Metadata';
    case 'Object':
    case 'None':
      return value;
    default: {
      const why = "must be 'Metadata', 'Object', 'None', or empty";
      throw badRequest(
        `Unable to convert to Table as requested: includeObject: Invalid value: ${quoted(value)}: ${why}`,
      );
    }
  }
}

/** The first column of every Table. */
export const nameColumn: TableColumn<KubernetesObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique within its namespace.',
  value: (row) => row.metadata?.name ?? '',
};

/** The age of the object. */
export const ageColumn: TableColumn<KubernetesObject> = {
  name: 'Age',
  type: 'date',
  description: 'The time since the object was created.',
  value: (row) => row.metadata?.creationTimestamp,
};

/** The columns of a resource that declares no columns. */
export const defaultColumns: readonly TableColumn<KubernetesObject>[] = [nameColumn, ageColumn];

/** Returns the column definitions of a Table. */
export function columnDefinitions(columns: readonly TableColumn<never>[]): readonly TableColumnDefinition[] {
  return columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
}

function cellOf<T>(column: TableColumn<T>, row: T, now: number): TableCell {
  switch (column.type) {
    case 'date':
      return humanAge(column.value(row), now);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return column.value(row) ?? null;
    default:
      return unreachable(column);
  }
}

/**
 * Returns `rows[].object` of a row. The bookmark at the end of the initial events always contains its metadata, so that the client can
 * recognize it.
 */
export function rowObject(row: KubernetesObject, include: IncludeObject, version: MetaVersion): unknown {
  const isInitialEventsEnd = row.metadata?.annotations?.[initialEventsEndAnnotation] === 'true';
  switch (include) {
    case 'Object':
      return row;
    case 'Metadata':
      return partialObjectMetadata(row, version);
    case 'None':
      return isInitialEventsEnd ? partialObjectMetadata(row, version) : null;
    default:
      return unreachable(include);
  }
}

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

/**
 * Returns a Table as a value, for the rows of a list or for the one row of a get or a watch event. `table-bytes.ts` encodes rows as
 * bytes.
 */
export function table<T extends KubernetesObject>(
  columns: readonly TableColumn<T>[],
  rows: readonly T[],
  { now, includeObject = 'Metadata', version = 'v1', metadata, withColumnDefinitions = true }: TableOptions,
): Table {
  const resourceVersion = rows[0]?.metadata?.resourceVersion;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: metadata ?? (resourceVersion === undefined ? {} : { resourceVersion }),
    columnDefinitions: withColumnDefinitions ? columnDefinitions(columns) : null,
    rows: rows.map((row) => ({
      cells: columns.map((column) => cellOf(column, row, now)),
      object: rowObject(row, includeObject, version),
    })),
  };
}
