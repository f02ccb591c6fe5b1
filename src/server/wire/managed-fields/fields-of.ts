import { FieldSet } from './field-set.ts';
import { isJsonObject } from '../json.ts';
import { groupedItems, itemsOf } from './list-items.ts';
import { fieldElement } from './path-element.ts';
import type { Schema } from '../schema/schema.ts';
import { memberShape, narrowed, shapeOf, type ListShape, type MapShape, type Shape } from './shape.ts';

/** Adds what is below the value; says whether the value itself is a field. */
function collect(value: unknown, shape: Shape, into: FieldSet): boolean {
  const { map, list } = narrowed(shape, value);
  if (map !== undefined && !map.isAtomic && isJsonObject(value)) {
    collectMembers(value, map, into);
    return false;
  }
  if (list !== undefined && !list.isAtomic && Array.isArray(value)) return collectItems(value, list, into);
  return true;
}

function add(value: unknown, shape: Shape, into: FieldSet, element: string, isField: boolean): void {
  if (typeof value !== 'object' || value === null) {
    into.add(element);
    return;
  }
  const below = new FieldSet();
  if (collect(value, shape, below) || isField) into.add(element);
  into.attach(element, below);
}

const isEmptyMap = (value: unknown): boolean => isJsonObject(value) && Object.keys(value).length === 0;

function collectMembers(value: Readonly<Record<string, unknown>>, map: MapShape, into: FieldSet): void {
  for (const [name, member] of Object.entries(value)) {
    // A map that the schema names is no field of its own, unless it is empty; one that it does not name is.
    const isField = isEmptyMap(member) || !map.fields.has(name);
    add(member, memberShape(map, name), into, fieldElement(name), isField);
  }
}

function collectItems(value: readonly unknown[], list: ListShape, into: FieldSet): boolean {
  const items = itemsOf(list, value);
  if (items === undefined) return true;
  for (const [element, [item, ...duplicates]] of groupedItems(items)) {
    if (duplicates.length > 0) {
      into.add(element);
    } else {
      add(item, list.element, into, element, true);
    }
  }
  return false;
}

/** The fields of a value of a shape. */
export function fieldsOfShape(value: unknown, shape: Shape): FieldSet {
  const set = new FieldSet();
  collect(value, shape, set);
  return set;
}

/**
 * The fields that an applied configuration sets: every scalar, every list and map that is one field, every item, every empty map.
 * Those that nobody manages (`metadata.name`, ...) are among them; see `managedOnly`.
 *
 * @see structured-merge-diff/typed/tofieldset.go
 */
export function fieldsOf(object: unknown, schema?: Schema): FieldSet {
  return fieldsOfShape(object, shapeOf(schema));
}

const metadata = (name: string): readonly string[] => ['f:metadata', fieldElement(name)];

/** What the server alone sets: apimachinery/pkg/util/managedfields/internal/stripmeta.go. */
const unmanaged = FieldSet.of(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName'].map(metadata),
  ...['generation', 'managedFields', 'resourceVersion'].map(metadata),
);

/** The set without the fields that are never managed: type, name, and what the server sets. */
export function managedOnly(fields: FieldSet): FieldSet {
  return fields.difference(unmanaged);
}
