/**
 * Resources: definitions bound to their content. The content is the rows of a projection, a store, or handlers.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import type { RowObject } from '../../projections/row.ts';
import type { Store, StoredObject } from '../../stores/object-store.ts';
import type { ApiResource, ApiSubresource } from '../wire/discovery.ts';
import { ageColumn, nameColumn, type TableColumn } from '../wire/table.ts';
import { checkDefinition } from './check-definition.ts';
import type { CustomResourceDefinition } from './custom-definition.ts';
import { type CustomParts, customParts } from './custom-parts.ts';
import type { Handlers } from './handlers.ts';
import { type Opaque, opaque } from './opaque.ts';
import { type ProjectionWrites, projectionVerbs } from './projection-writes.ts';
import type { AnyDefinition, ResourceDefinition } from './resource-definition.ts';
import { type SourceAccess, sourceAccessOf } from './source-access.ts';
import { discoveredSubresources } from './subresources.ts';

export type { AnyDefinition, Column, ResourceDefinition } from './resource-definition.ts';

/** A definition bound to its content. Made by {@link resource}; it has no members for users. */
export type Resource = Opaque<ResourceParts>;

/** The parts of a {@link Resource} that only the server reads. */
export interface ResourceParts {
  readonly type: 'projection' | 'custom';
  readonly definition: AnyDefinition;
  /** The rows of a projection; undefined for a custom resource. */
  readonly rows: Collection<unknown> | undefined;
  /** The parts of a custom resource; undefined for a projection. */
  readonly custom: CustomParts | undefined;
  /** The writes of a projection; undefined if its rows are read-only, and for a custom resource. */
  readonly write: ProjectionWrites<RowObject> | undefined;
  /** The rights to its sources that a projection requires; undefined without `authorize`. */
  readonly access: SourceAccess | undefined;
  /** All columns, Name first and Age last. */
  readonly columns: readonly TableColumn<RowObject>[];
  readonly selectableFields: readonly string[];
  readonly discovery: ApiResource;
}

/** The content of a resource: rows of a projection, a store, or handlers. */
type Content<T> = Collection<T> | Store | Handlers<T & object>;

/** The definition that fits a content. It depends on the content alone, so that TypeScript reports mistakes against the right one. */
type DefinitionFor<T, C> = [C] extends [Collection<infer Row>] ? ResourceDefinition<Row> : CustomResourceDefinition<T>;

/** A further requirement of the content: rows must have `metadata` with a `name`, and handlers must be for the type of the definition. */
type Checked<T, C> = [C] extends [Collection<infer Row>]
  ? HasName<Row> extends true
    ? unknown
    : Collection<{ readonly metadata: { readonly name: string; readonly namespace?: string | undefined } }>
  : [C] extends [Store]
    ? unknown
    : [C] extends [Handlers<object>]
      ? Handlers<T & object>
      : unknown;

/** Rows of an unknown type are checked at run time only. */
type HasName<Row> = unknown extends Row
  ? true
  : 'metadata' extends keyof Row
    ? IsNamed<NonNullable<Row['metadata']>>
    : false;

/** `never` is the metadata that is always undefined or null. */
type IsNamed<Metadata> = [Metadata] extends [never] ? false : 'name' extends keyof Metadata ? true : false;

/**
 * Binds a definition to its content:
 *
 * - Rows of a collection: a projection. Clients get, list and watch the rows. They change them only if the definition has `write`.
 * - A store: a custom resource. Clients create, change and delete objects, which the store keeps.
 * - Handlers: a custom resource, too. The handlers keep the objects, and each handler adds its verb.
 *
 * The type of projected rows follows from the collection, and that of handled objects from the handlers. The type of stored objects is the
 * type argument; without it, definitions see them as `StoredObject`.
 * @throws TypeError that names the resource and the field if the definition is invalid or does not fit the content
 * @throws ServerDefinitionError that names the step of the rows if they do not show what `authorize` needs
 * @example
 * const running: Resource = resource(
 *   { kind: 'RunningPod', plural: 'runningpods', namespaced: true },
 *   pods.pipe(filter(isRunning), map((pod) => ({ metadata: identity(pod), phase: pod.status?.phase }))),
 * );
 * @example
 * resource<Task>({ kind: 'Task', plural: 'tasks', namespaced: true, status: true, schema }, memoryStore());
 */
export function resource<T = StoredObject, C extends Collection<unknown> | Store | Handlers<object> = Content<T>>(
  definition: DefinitionFor<T, C>,
  content: C & Checked<T, C>,
): Resource {
  checkDefinition(definition, content);
  // The signature has checked that the definition fits the content. Here, both types are unknown.
  return opaque(resourcePartsOf(definition as CustomResourceDefinition<object>, content));
}

/** The subresource of each projection that shows the objects that a row is made of. */
const EXPLAIN: ApiSubresource = { name: 'explain', kind: 'Explanation', verbs: ['get'] };

function resourcePartsOf(
  definition: CustomResourceDefinition<object>,
  content: Collection<unknown> | Store | Handlers<object>,
): ResourceParts {
  const rows = 'deltas$' in content ? content : undefined;
  const custom = 'deltas$' in content ? undefined : customParts(definition, content);
  return {
    type: custom === undefined ? 'projection' : 'custom',
    definition,
    custom,
    rows,
    write: definition.write,
    access: accessOf(definition, rows),
    // The functions of the columns receive rows of the definition's type, to which the framework has added metadata.
    columns: [nameColumn, ...(definition.columns ?? []), ageColumn] as readonly TableColumn<RowObject>[],
    selectableFields: definition.selectableFields ?? [],
    discovery: {
      name: definition.plural,
      singularName: definition.singular ?? definition.kind.toLowerCase(),
      namespaced: definition.namespaced,
      kind: definition.kind,
      verbs: custom?.verbs ?? projectionVerbs(definition.write),
      shortNames: definition.shortNames,
      categories: definition.categories,
      subresources: [...(custom?.subresources ?? [EXPLAIN]), ...discoveredSubresources(definition.subresources)],
    },
  };
}

function accessOf(
  { plural, namespaced, authorize }: AnyDefinition,
  rows: Collection<unknown> | undefined,
): SourceAccess | undefined {
  return authorize === undefined || rows === undefined
    ? undefined
    : sourceAccessOf({ plural, namespaced, authorize }, rows);
}

/**
 * Returns the part of a definition that determines its rows, as text, with the source of its functions. If the text changes, old positions
 * expire. The text does not contain the schema, writes, subresources, needs and authorization, because they do not change rows.
 */
export function definitionText(definition: AnyDefinition): string {
  const { schema: _s, write: _w, subresources: _subresources, needs: _n, authorize: _a, ...rest } = definition;
  return JSON.stringify(rest, (_key, value: unknown) => (typeof value === 'function' ? value.toString() : value));
}
