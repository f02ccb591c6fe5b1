/**
 * The definition of a resource: its names, columns, selectable fields, schema and writes; and the paths that a field selector can name.
 * @module
 */
import type { LogBounds } from '../../projections/change-log.ts';
import type { Schema } from '../wire/schema/schema.ts';
import type { DateColumn, ValueColumn } from '../wire/table.ts';
import type { Need } from './needs.ts';
import type { ProjectionWrites } from './projection-writes.ts';
import type { RowAuthorization } from './source-access.ts';
import type { Subresources } from './subresources.ts';

/** A column of `kubectl get`. Its function reads the cell from a row. A `date` column is shown as an age. */
export type Column<R> = ValueColumn<R> | DateColumn<R>;

/** The definition of a resource, as a literal. `R` is the type of its rows. */
export interface ResourceDefinition<R> {
  /** The kind in CamelCase: `PodSummary`. */
  readonly kind: string;
  /** The name in paths, in lower case: `podsummaries`. */
  readonly plural: string;
  /** @default the kind in lower case */
  readonly singular?: string | undefined;
  /** Short names for kubectl: `psum`. */
  readonly shortNames?: readonly string[] | undefined;
  /** Groups of resources for kubectl. `['all']` adds the resource to `kubectl get all`. */
  readonly categories?: readonly string[] | undefined;
  readonly namespaced: boolean;
  /** The columns between Name and Age. */
  readonly columns?: readonly Column<R>[] | undefined;
  /**
   * The fields that clients may use in field selectors, in addition to metadata.name and metadata.namespace: `status.phase`, `type`. Each
   * path must exist in the type of the rows. Values are compared as text.
   */
  readonly selectableFields?: readonly FieldPath<R>[] | undefined;
  /**
   * A structural OpenAPI v3 schema of the whole object, for `kubectl explain` and other readers of OpenAPI. It may omit `apiVersion`,
   * `kind` and `metadata`. Rows of a projection are not validated against it; objects of a custom resource are. Without a schema, OpenAPI
   * describes an object with arbitrary fields.
   * @example
   * const podSchema: Schema = {
   *   type: 'object',
   *   properties: { status: { type: 'object', properties: { phase: { type: 'string', description: 'The phase of the pod.' } } } },
   * };
   */
  readonly schema?: Schema | undefined;
  /**
   * Paths below an object, such as `/podsummaries/web/log`, with koa handlers. Each handler receives the object in the form that clients
   * read. If the object does not exist, the server responds with 404 and does not call the handler.
   * @example
   * const subresources: Subresources<PodPlacement> = {
   *   log: { GET: (ctx, row) => void (ctx.body = logOf(row.metadata.name)) },
   * };
   */
  readonly subresources?: Subresources<R> | undefined;
  /**
   * The sources that the code of handlers, subresources, `mutate` and `validate` reads. The server keeps the collections running, so that
   * the code can read them. The sources of a projection's rows are known without it.
   * @example
   * const needs: readonly Need[] = [nodes, { group: '', resources: ['pods/log'], verbs: ['get'] }];
   */
  readonly needs?: readonly Need[] | undefined;
  /**
   * Requires rights to the sources of a projection's rows, besides the right to the resource:
   *
   * - `source`: the caller needs the same verb on each source, in the namespace of the rows, or in all namespaces.
   * - `rows`: the same, and a list or watch of all namespaces shows the rows of the namespaces in which the caller has that right.
   *
   * The pipeline shows which sources and namespaces a row depends on. Users' own operators do not, so they are refused.
   * @default none: the right to the resource is enough
   */
  readonly authorize?: RowAuthorization | undefined;
  /**
   * A version of the projection's code, as any text. The framework detects changes in the text of a projection's functions, but not in
   * tables or helpers that the functions use. Change `revision` after such a change: old positions expire, and clients list again.
   */
  readonly revision?: string | undefined;
  /**
   * The writes of a projection's rows. Each write changes the object behind the row, in the name of the user of the request. It needs
   * `informers` that read from a cluster, and the right to impersonate users there. @default none: rows are read-only
   */
  readonly write?: ProjectionWrites<R> | undefined;
  /** Bounds of the log of changes, from which watches resume. @default 20,000 entries, 64 MiB, one hour, and 8 MiB for groups of watchers */
  readonly log?: Partial<LogBounds> | undefined;
}

/** A definition whose rows may be of any type. */
export type AnyDefinition = Omit<ResourceDefinition<never>, 'selectableFields'> & {
  readonly selectableFields?: readonly string[] | undefined;
};

/**
 * The paths of a row that a field selector can compare, such as `'status.phase'`. A path has at least two names and ends at a string,
 * number or boolean. It may lead through optional members and dictionaries (`metadata.labels.${string}`), but not into arrays. Below a
 * member of type `unknown` or `any`, every path is allowed.
 */
export type FieldPath<Row> = unknown extends Row
  ? string
  : [Row] extends [never]
    ? string
    : Leaf<NonNullable<Row>> | PathsBelow<NonNullable<Row>, Steps>;

/** The types of values that a field selector compares. */
type Selectable = string | number | boolean;

/** The maximum number of steps in a path. It ends the recursion for types that contain themselves. */
type Steps = [1, 1, 1, 1, 1, 1, 1];

/** `a.b…` for each member `a` that is an object. */
type PathsBelow<T, Remaining extends readonly unknown[]> = Remaining extends readonly [unknown, ...infer Rest]
  ? T extends object
    ? { [Name in keyof T & string]-?: PathsThrough<Name, T[Name], Rest> }[keyof T & string]
    : never
  : never;

/** The paths through one member. */
type PathsThrough<Name extends string, Value, Remaining extends readonly unknown[]> = unknown extends Value
  ? `${Name}.${string}`
  : Value extends null | undefined | Selectable | bigint | symbol | readonly unknown[] | ((...args: never) => unknown)
    ? never
    : `${Name}.${Leaf<Value> | PathsBelow<Value, Remaining>}`;

/** The names of the members that a field selector can compare. */
type Leaf<T> = T extends object
  ? {
      [Name in keyof T & string]-?: unknown extends T[Name]
        ? Name
        : Extract<T[Name], Selectable> extends never
          ? never
          : Name;
    }[keyof T & string]
  : never;
