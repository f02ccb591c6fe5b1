import { humanAge } from './human-age.ts';
import { initialEventsEndAnnotation } from './watch-frames.ts';
import type { KubernetesObject, ListMeta } from './object.ts';
import { partialObjectMetadata, type MetaVersion } from './partial-metadata.ts';
import { firstValue } from './query.ts';
import { quoted } from './quote.ts';
import { badRequest } from './status.ts';
import { unreachable } from '../../unreachable.ts';

export type { MetaVersion } from './partial-metadata.ts';

export type TableCell = string | number | boolean | null;

interface ColumnText {
  readonly name: string;
  /** A modifier of the type: `name` marks the column kubectl takes the name from. */
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  /** 0 (default) is shown always, more than 0 with `-o wide`. */
  readonly priority?: number | undefined;
}

/** A column whose cells depend on the row only. An undefined value is shown as an empty cell (null). */
export interface ValueColumn<T> extends ColumnText {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly value: (row: T) => TableCell | undefined;
}

/**
 * A column of ages. `value` gives the timestamp (RFC 3339); the cell is its age at the time of reading, as text, because kubectl shows
 * cells as they are. No other cell depends on the time.
 */
export interface DateColumn<T> extends ColumnText {
  readonly type: 'date';
  readonly value: (row: T) => string | undefined;
}

export type TableColumn<T> = ValueColumn<T> | DateColumn<T>;

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

/** A Table on the wire (api-semantics 3.3). */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: `meta.k8s.io/${MetaVersion}`;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly TableColumnDefinition[] | null;
  readonly rows: readonly TableRow[];
}

/** What stands in `rows[].object`. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** The query parameter `includeObject`; Metadata by default. Throws a 400. */
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

/** The columns of a resource that declares none. */
export const defaultColumns: readonly TableColumn<KubernetesObject>[] = [nameColumn, ageColumn];

/** Columns as a Table describes them. */
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

/** What `rows[].object` of a row is. The end of the initial events must stay visible, so its bookmark always shows its metadata. */
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
  /** Time of reading, in milliseconds since the epoch: what ages are counted from. */
  readonly now: number;
  /** Metadata by default. */
  readonly includeObject?: IncludeObject | undefined;
  /** v1 by default. */
  readonly version?: MetaVersion | undefined;
  /** For a list, that of the list. Otherwise (get, watch) the Table has the resourceVersion of its only row. */
  readonly metadata?: ListMeta | undefined;
  /** False writes `columnDefinitions: null`: for all but the first event of a watch. True by default. */
  readonly withColumnDefinitions?: boolean | undefined;
}

/** A Table as a value, of a list's rows or of the one row of a get or watch event. Bytes, made once, are in `table-bytes.ts`. */
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
