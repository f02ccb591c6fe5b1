/**
 * What a server serves: the definition of a resource bound to the rows of a collection.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';
import type { LogBounds } from '../projections/event-log.ts';
import type { RowObject } from '../projections/row.ts';
import type { ApiResource } from './wire/discovery.ts';
import type { FieldPath } from './field-path.ts';
import { isReservedPlural } from './reserved-plurals.ts';
import { dns1123LabelMessage } from './wire/names.ts';
import { type DateColumn, ageColumn, nameColumn, type TableColumn, type ValueColumn } from './wire/table.ts';

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
   * Change it when the projection yields other rows in a way that the text of its functions does not show (it uses a table or a
   * helper that has changed): positions handed out before then expire, and clients list again.
   */
  readonly revision?: string | undefined;
  /** Bounds of the log of changes. @default 20,000 entries, 64 MiB, one hour */
  readonly log?: Partial<LogBounds> | undefined;
}

/** A definition whose rows may be of any type. */
export type AnyDefinition = Omit<ResourceDefinition<never>, 'selectableFields'> & {
  readonly selectableFields?: readonly string[] | undefined;
};

/** A definition with its rows. Made by {@link resource}. */
export interface Resource {
  readonly type: 'projection';
  readonly definition: AnyDefinition;
  readonly collection: Collection<unknown>;
  /** All columns, Name first and Age last. */
  readonly columns: readonly TableColumn<RowObject>[];
  readonly selectableFields: readonly string[];
  readonly discovery: ApiResource;
}

/**
 * Binds a definition to the rows of a collection. It will be served read-only: get, list and watch.
 * @throws TypeError when the definition cannot be served, naming the field
 * @example
 * resource({ kind: 'RunningPod', plural: 'runningpods', namespaced: true }, pods.pipe(filter(isRunning), map(trimmed)));
 */
export function resource<R>(definition: ResourceDefinition<R>, collection: Collection<R>): Resource {
  check(definition);
  return {
    type: 'projection',
    definition,
    collection,
    // The columns were written for rows of type R, which are what the framework hands to them, with its metadata added.
    columns: [nameColumn, ...(definition.columns ?? []), ageColumn] as readonly TableColumn<RowObject>[],
    selectableFields: definition.selectableFields ?? [],
    discovery: {
      name: definition.plural,
      singularName: definition.singular ?? definition.kind.toLowerCase(),
      namespaced: definition.namespaced,
      kind: definition.kind,
      verbs: ['get', 'list', 'watch'],
      shortNames: definition.shortNames,
      categories: definition.categories,
    },
  };
}

/** The definition as text, functions included: a change of it makes positions of before expire. */
export function definitionText(definition: AnyDefinition): string {
  return JSON.stringify(definition, (_key, value: unknown) => (typeof value === 'function' ? value.toString() : value));
}

function check(definition: AnyDefinition): void {
  const { kind, plural, singular, shortNames = [], categories = [], selectableFields = [], columns = [] } = definition;
  const refuse = (field: string, message: string): never => {
    throw new TypeError(`resource ${plural}: ${field}: ${message}`);
  };
  if (!/^[A-Z][A-Za-z0-9]*$/.test(kind)) refuse('kind', `"${kind}" must be CamelCase`);
  for (const [field, name] of [
    ['plural', plural],
    ['singular', singular],
    ...shortNames.map((name) => ['shortNames', name]),
    ...categories.map((name) => ['categories', name]),
  ]) {
    if (field === undefined || name === undefined) continue;
    const message = dns1123LabelMessage(name);
    if (message !== undefined) refuse(field, `"${name}": ${message}`);
  }
  if (isReservedPlural(plural)) refuse('plural', `"${plural}" has another meaning in request paths`);
  const names = new Set([nameColumn.name, ageColumn.name]);
  for (const { name } of columns) {
    if (name === '') refuse('columns', 'a column has no name');
    if (names.has(name)) refuse('columns', `there are two columns "${name}" (Name and Age are always there)`);
    names.add(name);
  }
  for (const field of selectableFields) {
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_][\w-]*)+$/.test(field))
      refuse('selectableFields', `"${field}" must be a path like status.phase`);
  }
}
