import { FieldSet } from './field-set.ts';
import { fieldsOfShape } from './fields-of.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { itemsOf } from './list-items.ts';
import { fieldElement, fieldNameOf } from './path-element.ts';
import { memberShape, narrowed, type Shape } from './shape.ts';

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * A value without fields. A map or list that loses everything becomes null, so that its field set says that it is there; see
 * `withEmpties`.
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
 * Puts an empty map or list where `without` left null. Upstream leaves null there, which its own validation then refuses.
 */
function withEmpties(value: unknown, original: unknown, shape: Shape): unknown {
  if (value === null && isContainer(original)) return Array.isArray(original) ? [] : {};
  if (value === original) return value;
  const { map, list } = narrowed(shape, value);
  if (map !== undefined && isJsonObject(value) && isJsonObject(original)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        withEmpties(member, memberOf(original, name), memberShape(map, name)),
      ]),
    );
  }
  if (list !== undefined && Array.isArray(value) && Array.isArray(original)) {
    const originals = new Map(itemsOf(list, original)?.map(({ element, item }) => [element, item]));
    return itemsOf(list, value)?.map(({ element, item }) => withEmpties(item, originals.get(element), list.element));
  }
  return value;
}

/** The set with the members of maps that the schema names where it has something below them. */
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
  /** What the manager applied before. */
  readonly last: FieldSet;
  /** What all managers own now, the new configuration included. */
  readonly owned: FieldSet;
}

/**
 * The merged object without what the manager applied before and no longer does, unless somebody owns it.
 *
 * @see structured-merge-diff/merge/update.go, `prune`
 */
export function pruned(merged: unknown, { shape, last, owned }: PruneOptions): unknown {
  if (last.difference(owned).isEmpty) return merged;
  const named = (fields: FieldSet): FieldSet => withNamedFields(fields, shape);
  const fieldsIn = (value: unknown): FieldSet => named(fieldsOfShape(value, shape));
  const all = fieldsIn(merged);
  const dropped = named(last);
  // First without all that was applied before; then what somebody owns is put back; then what was not applied before.
  const bare = without(merged, dropped, shape);
  const kept = without(merged, all.difference(fieldsIn(bare).union(named(owned))), shape);
  const result = without(merged, all.difference(fieldsIn(kept)).intersection(dropped), shape);
  return withEmpties(result, merged, shape);
}
