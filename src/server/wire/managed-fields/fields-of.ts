/**
 * The fields that an applied configuration sets (structured-merge-diff/typed/tofieldset.go).
 * @module
 */
import { FieldSet } from './field-set.ts';
import { isJsonObject } from '../json.ts';
import { groupedItems, itemsOf } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import type { Schema } from '../schema/schema.ts';
import { memberShape, narrowed, shapeOf, type ListShape, type MapShape, type Shape } from './shape.ts';

/** Adds the fields below a value. Returns whether the value itself is a field. */
function collect(value: unknown, shape: Shape, into: FieldSet): boolean {
  const { map, list } = narrowed(shape, value);
  if (map !== undefined && !map.isAtomic && isJsonObject(value)) {
    collectMembers(value, map, into);
    return false;
  }
  if (list !== undefined && !list.isAtomic && Array.isArray(value)) return collectItems(value, list, into);
  return true;
}

/** Adds an element with the fields below it. With `isField`, the element is a field even if only the parts of its value are. */
function add(into: FieldSet, element: PathElement, { value, shape, isField }: Member): void {
  if (typeof value !== 'object' || value === null) {
    into.add(element);
    return;
  }
  const below = new FieldSet();
  if (collect(value, shape, below) || isField) into.add(element);
  into.attach(element, below);
}

interface Member {
  readonly value: unknown;
  readonly shape: Shape;
  readonly isField: boolean;
}

const isEmptyMap = (value: unknown): boolean => isJsonObject(value) && Object.keys(value).length === 0;

function collectMembers(value: Readonly<Record<string, unknown>>, map: MapShape, into: FieldSet): void {
  for (const [name, member] of Object.entries(value)) {
    // A map that the schema declares is a field only if it is empty. A map that the schema does not declare is always a field.
    const isField = isEmptyMap(member) || !map.fields.has(name);
    add(into, fieldElement(name), { value: member, shape: memberShape(map, name), isField });
  }
}

function collectItems(value: readonly unknown[], list: ListShape, into: FieldSet): boolean {
  const items = itemsOf(list, value);
  if (items === undefined) return true;
  for (const [element, [item, ...duplicates]] of groupedItems(items)) {
    if (duplicates.length > 0) {
      into.add(element);
    } else {
      add(into, element, { value: item, shape: list.element, isField: true });
    }
  }
  return false;
}

/** Returns the fields of a value of a shape. */
export function fieldsOfShape(value: unknown, shape: Shape): FieldSet {
  const set = new FieldSet();
  collect(value, shape, set);
  return set;
}

/**
 * Returns the fields that an applied configuration sets: each scalar, each atomic list or map, each item, each empty map. The result
 * includes fields that never have a manager (`metadata.name`, …); `managedOnly` removes them.
 * @see structured-merge-diff/typed/tofieldset.go
 */
export function fieldsOf(object: unknown, schema?: Schema): FieldSet {
  return fieldsOfShape(object, shapeOf(schema));
}

const metadata = (name: string): readonly string[] => ['f:metadata', fieldElement(name)];

/** The fields that only the server sets (apimachinery/pkg/util/managedfields/internal/stripmeta.go). */
const unmanaged = FieldSet.of(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName'].map(metadata),
  ...['generation', 'managedFields', 'resourceVersion'].map(metadata),
);

/** Returns the set without the fields that never have a manager: type, name, and the fields that the server sets. */
export function managedOnly(fields: FieldSet): FieldSet {
  return fields.difference(unmanaged);
}
