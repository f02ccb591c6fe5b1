/**
 * What a server serves: the definition of a resource bound to the rows of a collection.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import type { RowObject } from '../../projections/row.ts';
import type { Store, StoredObject } from '../../stores/object-store.ts';
import type { CustomResourceDefinition } from './custom-definition.ts';
import type { Handlers } from './handlers.ts';
import { type CustomParts, customParts } from './custom-parts.ts';
import { checkDefinition } from './check-definition.ts';
import { discoveredSubresources } from './subresources.ts';
import type { ApiResource } from '../wire/discovery.ts';
import type { AnyDefinition, ResourceDefinition } from './resource-definition.ts';
import { ageColumn, nameColumn, type TableColumn } from '../wire/table.ts';
import { type ProjectionWrites, verbsOf } from './projection-writes.ts';

export type { AnyDefinition, Column, ResourceDefinition } from './resource-definition.ts';

declare const opaque: unique symbol;

/** A definition bound to its rows, store or handlers. Made by {@link resource}; its content is not part of the API. */
export interface Resource {
  readonly [opaque]: 'resource';
}

/** The parts of a {@link Resource}, for the server. */
export interface ResourceParts {
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
  checkDefinition(definition, content);
  return opaqueResource(partsIn(definition, content));
}

function partsIn<R>(
  definition: ResourceDefinition<R> | CustomResourceDefinition<R>,
  content: Collection<R> | Store | Handlers<R & object>,
): ResourceParts {
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
      subresources: [...(custom?.subresources ?? []), ...discoveredSubresources(definition.subresources)],
    },
  };
}

const PARTS = new WeakSet<object>();

function opaqueResource(parts: ResourceParts): Resource {
  PARTS.add(parts);
  return parts as unknown as Resource;
}

/** @throws TypeError for an object that {@link resource} has not made */
export function partsOf(made: Resource): ResourceParts {
  const parts = made as unknown as ResourceParts;
  if (typeof parts !== 'object' || parts === null || !PARTS.has(parts)) {
    throw new TypeError('a resource must be made by resource(definition, rows) or rawEndpoint(definition)');
  }
  return parts;
}

/**
 * The definition as text, functions included: a change of it makes positions of before expire. What is told of rows does not make them,
 * nor does how they are written.
 */
export function definitionText(definition: AnyDefinition): string {
  const { schema: _told, write: _written, subresources: _below, ...making } = definition;
  return JSON.stringify(making, (_key, value: unknown) => (typeof value === 'function' ? value.toString() : value));
}
