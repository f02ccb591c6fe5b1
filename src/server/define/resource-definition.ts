/**
 * The definition of a resource.
 * @module
 */
import type { LogBounds } from '../../projections/change-log.ts';
import type { FieldPath } from './field-path.ts';
import type { Subresources } from './subresources.ts';
import type { Schema } from '../wire/schema/schema.ts';
import type { DateColumn, ValueColumn } from '../wire/table.ts';
import type { ProjectionWrites } from './projection-writes.ts';

/** A column of `kubectl get`: what stands in it is read from a row. A `date` column is shown as an age. */
export type Column<R> = ValueColumn<R> | DateColumn<R>;

/** The definition of a resource, as a literal. `R` is the type of its rows. */
export interface ResourceDefinition<R> {
  /** CamelCase: `PodSummary`. */
  readonly kind: string;
  /** Lower case, as in the path: `podsummaries`. */
  readonly plural: string;
  /** @default the kind in lower case */
  readonly singular?: string | undefined;
  /** What people type: `psum`. */
  readonly shortNames?: readonly string[] | undefined;
  /** `['all']` makes `kubectl get all` list it. */
  readonly categories?: readonly string[] | undefined;
  readonly namespaced: boolean;
  /** Columns between Name and Age. */
  readonly columns?: readonly Column<R>[] | undefined;
  /**
   * Fields that field selectors may name, beside metadata.name and metadata.namespace: `status.phase`. They must be there in the type of
   * the rows. Values are compared as text.
   */
  readonly selectableFields?: readonly FieldPath<R>[] | undefined;
  /**
   * What the rows look like, for `kubectl explain` and other readers of OpenAPI: a structural OpenAPI v3 schema of the whole object,
   * where `apiVersion`, `kind` and `metadata` may be left out. Rows are not checked against it. Without one, nothing is told of them.
   * @example
   * { type: 'object', properties: { status: { type: 'object', properties: { phase: { type: 'string', description: '…' } } } } }
   */
  readonly schema?: Schema | undefined;
  /**
   * Paths below an object (`/podsummaries/web/log`), answered by plain koa handlers that are given the object as readers get it. An object
   * that is not there is answered 404 before.
   * @example
   * { log: { GET: (ctx, row) => { ctx.body = logOf(row.metadata.name); } } }
   */
  readonly subresources?: Subresources<R> | undefined;
  /**
   * Change it when the projection yields other rows in a way that the text of its functions does not show (it uses a table or a
   * helper that has changed): positions handed out before then expire, and clients list again.
   */
  readonly revision?: string | undefined;
  /**
   * Of a projection: which writes of a row there are, and what each writes to the object that the row is made of, as the user who asks.
   * Needs informers that read from a cluster, and the right to impersonate there. @default none, rows are read-only
   */
  readonly write?: ProjectionWrites<R> | undefined;
  /** Bounds of the log of changes. @default 20,000 entries, 64 MiB, one hour */
  readonly log?: Partial<LogBounds> | undefined;
}

/** A definition whose rows may be of any type. */
export type AnyDefinition = Omit<ResourceDefinition<never>, 'selectableFields'> & {
  readonly selectableFields?: readonly string[] | undefined;
};
