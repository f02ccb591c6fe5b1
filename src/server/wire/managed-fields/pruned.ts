/**
 * Removal of the fields that a manager no longer applies (structured-merge-diff/merge/update.go, `prune`).
 * @module
 */
import { FieldSet } from './field-set.ts';
import { fieldsOfShape } from './fields-of.ts';
import { isJsonObject, memberOf, isContainer } from '../json.ts';
import { itemsOf } from './list-items.ts';
import { fieldElement, fieldNameOf, type PathElement } from './path-element.ts';
import { type ListShape, memberShape, narrowed, type Shape } from './shape.ts';

/**
 * Returns a value without the fields. A map or list that becomes empty becomes null, so that the field set of the result still contains
 * it. `withEmpties` replaces these nulls.
 */
function without(value: unknown, fields: FieldSet, shape: Shape): unknown {
  const { map, list } = narrowed(shape, value);
  if (map !== undefined && !map.isAtomic && isJsonObject(value)) {
    const members = Object.entries(value)
      .filter(([name]) => !fields.members.has(fieldElement(name)))
      .map(([name, member]): [string, unknown] => {
        const below = fields.below(fieldElement(name));
        return [name, below.isEmpty ? member : without(member, below, memberShape(map, name))];
      });
    return members.length === 0 ? null : Object.fromEntries(members);
  }
  if (list !== undefined && !list.isAtomic && Array.isArray(value)) {
    const items = (itemsOf(list, value) ?? [])
      .filter(({ element }) => !fields.members.has(element))
      .map(({ element, item }) => {
        const below = fields.below(element);
        return below.isEmpty ? item : without(item, below, list.element);
      })
      .filter((item) => item !== null);
    return items.length === 0 ? null : items;
  }
  return value;
}

/**
 * Replaces each null of `without` by an empty map or list, unless the configuration contains this null. Upstream leaves null, which its own
 * validation then rejects.
 */
function withEmpties(value: unknown, original: unknown, config: unknown, shape: Shape): unknown {
  if (value === null && config !== null && isContainer(original)) return Array.isArray(original) ? [] : {};
  if (value === original) return value;
  const { map, list } = narrowed(shape, value);
  if (map !== undefined && isJsonObject(value) && isJsonObject(original)) {
    const applied = isJsonObject(config) ? config : {};
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        withEmpties(member, memberOf(original, name), memberOf(applied, name), memberShape(map, name)),
      ]),
    );
  }
  if (list !== undefined && Array.isArray(value) && Array.isArray(original)) {
    const originals = itemsByElement(list, original);
    const applied = itemsByElement(list, Array.isArray(config) ? config : []);
    return itemsOf(list, value)?.map(({ element, item }) =>
      withEmpties(item, originals.get(element), applied.get(element), list.element),
    );
  }
  return value;
}

function itemsByElement(list: ListShape, items: readonly unknown[]): ReadonlyMap<PathElement, unknown> {
  return new Map(itemsOf(list, items)?.map(({ element, item }) => [element, item]));
}

/** Adds to the set each declared member of a map that has fields of the set below it. */
function withNamedFields(fields: FieldSet, shape: Shape): FieldSet {
  const { map, list } = shape;
  const isNamed = (element: string): boolean => map?.fields.has(fieldNameOf(element) ?? '') ?? false;
  const shapeBelow = (element: string): Shape => {
    const name = fieldNameOf(element);
    if (name !== undefined) return map === undefined ? {} : memberShape(map, name);
    return element.startsWith('k:') ? (list?.element ?? {}) : {};
  };
  const result = new FieldSet();
  for (const element of fields.members) result.add(element);
  for (const [element, child] of fields.children) {
    if (isNamed(element)) result.add(element);
    result.attach(element, withNamedFields(child, shapeBelow(element)));
  }
  return result;
}

export interface PruneOptions {
  readonly shape: Shape;
  /** The fields that the manager applied before. */
  readonly last: FieldSet;
  /** The fields that managers own now, including those of the new configuration. */
  readonly owned: FieldSet;
  /** The new configuration, which is merged. */
  readonly config: unknown;
}

/**
 * Returns the merged object without the fields that the manager no longer applies. Fields with another owner remain.
 * @see structured-merge-diff/merge/update.go, `prune`
 */
export function pruned(merged: unknown, { shape, last, owned, config }: PruneOptions): unknown {
  if (last.difference(owned).isEmpty) return merged;
  const named = (fields: FieldSet): FieldSet => withNamedFields(fields, shape);
  const fieldsIn = (value: unknown): FieldSet => named(fieldsOfShape(value, shape));
  const all = fieldsIn(merged);
  const dropped = named(last);
  // First remove everything that was applied before. Then restore the fields with an owner, and the fields that were not applied before.
  const bare = without(merged, dropped, shape);
  const kept = without(merged, all.difference(fieldsIn(bare).union(named(owned))), shape);
  const result = without(merged, all.difference(fieldsIn(kept)).intersection(dropped), shape);
  return withEmpties(result, merged, config, shape);
}
