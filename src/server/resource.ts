/**
 * What a server serves: the definition of a resource bound to the rows of a collection.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';
import type { RowObject } from '../projections/row.ts';
import type { Store, StoredObject } from '../stores/object-store.ts';
import type { CustomResourceDefinition } from './custom/custom-definition.ts';
import type { Handlers } from './custom/handlers/handlers.ts';
import { type CustomParts, customParts } from './custom/custom-parts.ts';
import type { ApiResource } from './wire/discovery.ts';
import { isReservedPlural } from './reserved-plurals.ts';
import { dns1123LabelMessage } from './wire/names.ts';
import type { AnyDefinition, ResourceDefinition } from './resource-definition.ts';
import { ageColumn, nameColumn, type TableColumn } from './wire/table.ts';
import { checkWrites, type ProjectionWrites, verbsOf } from './write-through/projection-writes.ts';

export type { AnyDefinition, Column, ResourceDefinition } from './resource-definition.ts';

/** A definition with its rows. Made by {@link resource}. */
export interface Resource {
  readonly type: 'projection' | 'custom';
  readonly definition: AnyDefinition;
  /** The rows of a projection. */
  readonly rows: Collection<unknown> | undefined;
  /** Of a custom resource: what writes need. */
  readonly custom: CustomParts | undefined;
  /** Of a projection: how its rows are written, if they are. */
  readonly write: ProjectionWrites<RowObject> | undefined;
  /** All columns, Name first and Age last. */
  readonly columns: readonly TableColumn<RowObject>[];
  readonly selectableFields: readonly string[];
  readonly discovery: ApiResource;
}

/**
 * Binds a definition to the rows of a collection, which are served read-only (get, list and watch), or to a store, in which objects are
 * created and changed by clients: a custom resource; or to handlers, one for each verb, which keep the objects themselves.
 * @throws TypeError when the definition cannot be served, naming the field
 * @example
 * resource({ kind: 'RunningPod', plural: 'runningpods', namespaced: true }, pods.pipe(filter(isRunning), map(trimmed)));
 * @example
 * resource<CustomTask>({ kind: 'CustomTask', plural: 'customtasks', namespaced: true, status: true, schema }, memoryStore());
 */
export function resource<R>(definition: ResourceDefinition<R>, rows: Collection<R>): Resource;
export function resource<R = StoredObject>(definition: CustomResourceDefinition<R>, store: Store): Resource;
export function resource<R extends object>(definition: CustomResourceDefinition<R>, handlers: Handlers<R>): Resource;
export function resource<R>(
  definition: CustomResourceDefinition<R>,
  content: Collection<R> | Store | Handlers<R & object>,
): Resource {
  check(definition);
  checkWrite(definition, 'deltas$' in content);
  const rows = 'deltas$' in content ? content : undefined;
  const custom = 'deltas$' in content ? undefined : customParts(definition, content);
  return {
    type: custom === undefined ? 'projection' : 'custom',
    definition,
    custom,
    // As with columns.
    write: definition.write as ProjectionWrites<RowObject> | undefined,
    rows,
    // The columns were written for rows of type R, which are what the framework hands to them, with its metadata added.
    columns: [nameColumn, ...(definition.columns ?? []), ageColumn] as readonly TableColumn<RowObject>[],
    selectableFields: definition.selectableFields ?? [],
    discovery: {
      name: definition.plural,
      singularName: definition.singular ?? definition.kind.toLowerCase(),
      namespaced: definition.namespaced,
      kind: definition.kind,
      verbs: custom?.verbs ?? verbsOf(definition.write),
      shortNames: definition.shortNames,
      categories: definition.categories,
      subresources: custom?.subresources,
    },
  };
}

/**
 * The definition as text, functions included: a change of it makes positions of before expire. What is told of rows does not make them,
 * nor does how they are written.
 */
export function definitionText(definition: AnyDefinition): string {
  const { schema: _told, write: _written, ...making } = definition;
  return JSON.stringify(making, (_key, value: unknown) => (typeof value === 'function' ? value.toString() : value));
}

function checkWrite({ plural, write }: AnyDefinition, isProjection: boolean): void {
  if (write === undefined) return;
  if (!isProjection)
    throw new TypeError(`resource ${plural}: write: is for projections; other objects are written as they are`);
  try {
    checkWrites(write);
  } catch (error) {
    throw new TypeError(`resource ${plural}: write: ${(error as Error).message}`, { cause: error });
  }
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
