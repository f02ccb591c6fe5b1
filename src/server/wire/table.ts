/**
 * The parts of Tables, kubectl's form of lists (conformance 3.3): columns, their definitions, and the objects of rows. `table-bytes.ts`
 * encodes the cells.
 * @module
 */
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
  /** Undefined, null and Go's zero time (`0001-01-01T00:00:00Z`) are printed as `<unknown>`. */
  readonly value: (row: T) => string | null | undefined;
  /** Whether a time in the future is printed as `in 10d`. Default false: it is `<invalid>`, as in kubectl's AGE column. */
  readonly future?: boolean | undefined;
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

/** The parts of a Table besides its rows. */
export interface TableHead {
  readonly version: MetaVersion;
  readonly metadata: ListMeta;
  /** Undefined for all events of a watch except the first, because they have no column definitions. */
  readonly columns: readonly TableColumn<never>[] | undefined;
}

/** Returns a Table as a value. The server encodes the rows of views as bytes instead; see `table-bytes.ts`. */
export function tableOf({ version, metadata, columns }: TableHead, rows: readonly TableRow[]): Table {
  const definitions = columns === undefined ? null : columnDefinitions(columns);
  return { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions: definitions, rows };
}
