/**
 * Shapes: the rules by which values of a schema merge. See upstream's kube-openapi/pkg/schemaconv (the meaning of a structural schema)
 * and structured-merge-diff/schema (the possible values).
 * @module
 */
import { isJsonObject } from '../json.ts';
import { FieldSet } from './field-set.ts';
import { fieldNameOf, type PathElement } from './path-element.ts';
import type { Schema } from '../schema/schema.ts';
import { unreachable } from '../../../unreachable.ts';

/** The kind of a scalar. Untyped scalars may have any type. */
export type ScalarShape = 'untyped' | 'numeric' | 'string' | 'boolean';

/** The shape of an object. */
export interface MapShape {
  /** True if the map is one field. Otherwise each member is a field. */
  readonly isAtomic: boolean;
  readonly fields: ReadonlyMap<string, Shape>;
  readonly defaults: ReadonlyMap<string, unknown>;
  /** The shape of members that the schema does not name. Undefined if they are not allowed. */
  readonly element: Shape | undefined;
}

/** The shape of an array. */
export interface ListShape {
  /** True if the list is one field. Otherwise items are fields, identified by `keys`, or by their value if there are no keys. */
  readonly isAtomic: boolean;
  readonly keys: readonly string[];
  readonly element: Shape;
}

/** The shape of a value. If it has several of these parts, the type of the value decides which part applies. */
export interface Shape {
  readonly map?: MapShape;
  readonly list?: ListShape;
  readonly scalar?: ScalarShape;
}

const none: ReadonlyMap<string, never> = new Map<string, never>();

/** The shape of any value that is one field. */
export const untyped: Shape = {
  scalar: 'untyped',
  get map(): MapShape {
    return { isAtomic: true, fields: none, defaults: none, element: untyped };
  },
  get list(): ListShape {
    return { isAtomic: true, keys: [], element: untyped };
  },
};

/** The shape of any value whose maps merge member by member and whose lists are one field. */
const deduced: Shape = {
  scalar: 'untyped',
  list: { isAtomic: true, keys: [], element: untyped },
  get map(): MapShape {
    return deducedMap;
  },
};
const deducedMap: MapShape = { isAtomic: false, fields: none, defaults: none, element: deduced };

function mapOf(fields: Readonly<Record<string, Shape>>, isAtomic = false): Shape {
  return {
    map: { isAtomic, fields: new Map(Object.entries(fields)), defaults: none, element: undefined },
  };
}
const text: Shape = { scalar: 'string' };
const number: Shape = { scalar: 'numeric' };
const texts: Shape = { map: { isAtomic: false, fields: none, defaults: none, element: text } };
const time: Shape = { scalar: 'untyped' };

/** The shape of `metadata`, which does not depend on the schema of the object. */
const objectMetaShape: Shape = mapOf({
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: number,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: number,
  labels: texts,
  annotations: texts,
  ownerReferences: {
    list: {
      isAtomic: false,
      keys: ['uid'],
      element: mapOf(
        {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { scalar: 'boolean' },
          blockOwnerDeletion: { scalar: 'boolean' },
        },
        true,
      ),
    },
  },
  finalizers: { list: { isAtomic: false, keys: [], element: text } },
  managedFields: { list: { isAtomic: true, keys: [], element: untyped } },
});

const resourceFields: readonly (readonly [string, Shape])[] = [
  ['apiVersion', text],
  ['kind', text],
  ['metadata', objectMetaShape],
];

function mapShape(schema: Schema, isOpen: boolean, isResource: boolean): MapShape {
  const fields = new Map<string, Shape>();
  const defaults = new Map<string, unknown>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, shape(property, isOpen));
    if (property.default !== undefined) defaults.set(name, property.default);
  }
  for (const [name, field] of isResource ? resourceFields : []) fields.set(name, field);
  const others = schema.additionalProperties;
  const isFree = others === undefined ? isOpen || fields.size === 0 : others === true;
  const element = typeof others === 'object' ? shape(others, isOpen) : isFree ? deduced : undefined;
  return { isAtomic: schema['x-kubernetes-map-type'] === 'atomic', fields, defaults, element };
}

function listShape(schema: Schema, isOpen: boolean): ListShape {
  const type = schema['x-kubernetes-list-type'];
  return {
    isAtomic: type !== 'set' && type !== 'map',
    keys: type === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [],
    element: schema.items === undefined ? untyped : shape(schema.items, isOpen),
  };
}

function shape(schema: Schema, wasOpen: boolean, isRoot = false): Shape {
  // A schema that preserves unknown fields also preserves them in everything below it.
  const isOpen = wasOpen || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const isResource = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  switch (schema.type) {
    case 'object':
      return { map: mapShape(schema, isOpen, isResource) };
    case 'array':
      return { list: listShape(schema, isOpen) };
    case 'integer':
    case 'number':
      return { scalar: 'numeric' };
    case 'boolean':
      return { scalar: 'boolean' };
    case 'string':
      return { scalar: schema.format === undefined || schema.format === 'byte' ? 'string' : 'untyped' };
    case undefined:
      return { scalar: 'untyped', map: mapShape(schema, isOpen, isResource), list: listShape(schema, isOpen) };
    default:
      return unreachable(schema.type);
  }
}

const openObject: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const shapes = new WeakMap<Schema, Shape>();

/**
 * Returns the shape of a whole object. Without a schema, maps merge member by member, lists are one field, and `metadata` has its fixed
 * shape.
 */
export function shapeOf(schema: Schema = openObject): Shape {
  const known = shapes.get(schema) ?? shape(schema, false, true);
  shapes.set(schema, known);
  return known;
}

/**
 * Returns the part of a shape that matches the value. It is the whole shape for null, for a missing value, and for a value that does not
 * match.
 */
export function narrowed(of: Shape, value: unknown): Shape {
  if (value === undefined || value === null) return of;
  if (Array.isArray(value)) return of.list === undefined ? of : { list: of.list };
  if (isJsonObject(value)) return of.map === undefined ? of : { map: of.map };
  return of.scalar === undefined ? of : { scalar: of.scalar };
}

/** Returns the shape of a member. A member that the schema does not name can be anything. */
export function memberShape(map: MapShape, name: string): Shape {
  return map.fields.get(name) ?? map.element ?? deduced;
}

const isOpenMap = (map: MapShape): boolean => map.fields.size === 0 && map.element === deduced;

function shapeBelow({ map, scalar, list }: Shape, element: PathElement): Shape | undefined {
  const name = fieldNameOf(element);
  if (map !== undefined) {
    return isOpenMap(map) ? undefined : ((name === undefined ? undefined : map.fields.get(name)) ?? map.element);
  }
  return scalar === undefined ? list?.element : undefined;
}

function isAtomic({ map, scalar, list }: Shape): boolean {
  return map === undefined ? scalar === undefined && list?.isAtomic === true : map.isAtomic;
}

/**
 * Returns the fields of a manager after a change of the schema. If a map or list has become atomic, a manager that owned a part of it
 * owns all of it.
 * @see structured-merge-diff/typed/reconcile_schema.go
 */
export function reconciled(fields: FieldSet, shape: Shape): FieldSet {
  const result = new FieldSet();
  for (const element of fields.members) result.add(element);
  for (const [element, child] of fields.children) {
    const below = shapeBelow(shape, element);
    if (below !== undefined && isAtomic(below)) {
      result.add(element);
    } else {
      result.attach(element, below === undefined ? child : reconciled(child, below));
    }
  }
  return result;
}
