/**
 * Removal of the fields that a manager no longer applies (structured-merge-diff/merge/update.go, `prune`).
 * @module
 */
import { FieldSet } from './field-set.ts';
import { fieldsOfShape } from './fields-of.ts';
import { isContainer, isJsonObject, type JsonObject, memberOf } from '../json.ts';
import { itemsOf } from './list-items.ts';
import { fieldElement, fieldNameOf, type PathElement } from './path-element.ts';
import type { Manager } from './managers.ts';
import { FieldConversionError, type FieldVersions } from './request.ts';
import { type ListShape, memberShape, narrowed, type Shape, shapeOf } from './shape.ts';

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
  if (map !== undefined && !map.isAtomic && isJsonObject(value) && isJsonObject(original)) {
    const applied = isJsonObject(config) ? config : {};
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        withEmpties(member, memberOf(original, name), memberOf(applied, name), memberShape(map, name)),
      ]),
    );
  }
  if (list !== undefined && !list.isAtomic && Array.isArray(value) && Array.isArray(original)) {
    const originals = itemsByElement(list, original);
    const applied = itemsByElement(list, Array.isArray(config) ? config : []);
    const items = itemsOf(list, value);
    return items === undefined
      ? value
      : items.map(({ element, item }) => withEmpties(item, originals.get(element), applied.get(element), list.element));
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

/** The merge whose result is pruned. */
export interface PruneOptions {
  /** The version of the merged object. */
  readonly apiVersion: string;
  readonly versions: FieldVersions;
  /** The manager with the fields that it applied before, in the version in which it applied them. */
  readonly last: Manager;
  /** All managers, with the fields that they own now, including those of the new configuration. */
  readonly managers: readonly Manager[];
  /** The new configuration, which is merged. */
  readonly config: JsonObject;
}

/** A value in one version. */
interface Versioned {
  readonly value: unknown;
  readonly apiVersion: string;
}

/**
 * Returns the merged object without the fields that the manager no longer applies. Fields with another owner remain, whichever version
 * that owner wrote them in. All fields remain if a conversion refuses the object without the fields.
 * @see structured-merge-diff/merge/update.go, `prune`
 */
export function pruned(merged: unknown, options: PruneOptions): unknown {
  try {
    return prunedInVersions(merged, options);
  } catch (error) {
    if (error instanceof FieldConversionError) return merged;
    throw error;
  }
}

function prunedInVersions(merged: unknown, { apiVersion, versions, last, managers, config }: PruneOptions): unknown {
  const owned = ownedByVersion(managers);
  const ownedAtLast = owned.get(last.apiVersion) ?? new FieldSet();
  if (last.apiVersion === apiVersion && last.fields.difference(ownedAtLast).isEmpty) return merged;
  const inVersion = ({ value, apiVersion: from }: Versioned, to: string): unknown =>
    from === to || !isJsonObject(value) ? value : versions.convert(value, from, to);
  const shapeIn = (version: string): Shape => shapeOf(versions.schemaOf(version));
  const wholeIn = (version: string): unknown => inVersion({ value: merged, apiVersion }, version);
  // Conversions do not expect the nulls of `without`.
  const withoutNulls = ({ value, apiVersion: version }: Versioned): Versioned => ({
    value: withEmpties(value, wholeIn(version), undefined, shapeIn(version)),
    apiVersion: version,
  });
  const converted = (from: Versioned, to: string): unknown =>
    from.apiVersion === to ? from.value : inVersion(withoutNulls(from), to);

  const shape = shapeIn(last.apiVersion);
  const whole = wholeIn(last.apiVersion);
  const dropped = withNamedFields(last.fields, shape);
  // First remove everything that was applied before. Then restore the fields with an owner, and the fields that were not applied before.
  let kept: Versioned = { value: without(whole, dropped, shape), apiVersion: last.apiVersion };
  for (const version of new Set([last.apiVersion, ...owned.keys()])) {
    const at = shapeIn(version);
    const all = wholeIn(version);
    const ownedHere = withNamedFields(owned.get(version) ?? new FieldSet(), at);
    const restored = fieldsIn(converted(kept, version), at).union(ownedHere);
    kept = { value: without(all, fieldsIn(all, at).difference(restored), at), apiVersion: version };
  }
  const remaining = fieldsIn(converted(kept, last.apiVersion), shape);
  const gone = fieldsIn(whole, shape).difference(remaining).intersection(dropped);
  const sent = last.apiVersion === apiVersion ? config : undefined;
  const value = withEmpties(without(whole, gone, shape), whole, sent, shape);
  return inVersion({ value, apiVersion: last.apiVersion }, apiVersion);
}

function fieldsIn(value: unknown, shape: Shape): FieldSet {
  return withNamedFields(fieldsOfShape(value, shape), shape);
}

function ownedByVersion(managers: readonly Manager[]): ReadonlyMap<string, FieldSet> {
  const owned = new Map<string, FieldSet>();
  for (const { apiVersion, fields } of managers) {
    owned.set(apiVersion, (owned.get(apiVersion) ?? new FieldSet()).union(fields));
  }
  return owned;
}
