/**
 * Removal of unknown fields (apiextensions' schema/pruning). Objects do not change; an object without unknown fields is returned as it
 * is.
 * @module
 */
import type { Json } from '../object.ts';
import { type JsonObject, isJsonArray, isJsonObject } from '../json.ts';
import { fieldPath } from './field-causes.ts';
import type { Structural } from './structural.ts';

/**
 * The maximum number of characters in the paths of unknown fields. Names come from the client: one name of a megabyte may have a hundred
 * thousand unknown fields below it.
 */
const maxUnknownLength = 262_144;

class UnknownFields {
  readonly paths: string[] = [];
  #length = 0;

  add(path: string): void {
    if (this.#length >= maxUnknownLength) return;
    this.paths.push(path);
    this.#length += path.length;
  }
}

/** An object without unknown fields. */
export interface Pruned {
  readonly object: JsonObject<Json>;
  /**
   * The paths of the removed fields in order, as in `unknown field "spec.list[0].x"`. After `maxUnknownLength` characters, further paths are
   * dropped.
   */
  readonly unknown: readonly string[];
}

const identity: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The fields of metadata. Only embedded resources are pruned by this list; `object-meta.ts` decodes the metadata of the object itself. */
const metadataFields: ReadonlySet<string> = new Set([
  'annotations',
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generateName',
  'generation',
  'labels',
  'managedFields',
  'name',
  'namespace',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
]);

function prunedMetadata(metadata: Json, path: string, unknown: UnknownFields): Json {
  if (!isJsonObject(metadata)) return metadata;
  const names = Object.keys(metadata).filter((name) => !metadataFields.has(name));
  for (const name of names) unknown.add(fieldPath(path, name));
  return names.length === 0
    ? metadata
    : Object.fromEntries(Object.entries(metadata).filter(([name]) => metadataFields.has(name)));
}

/** Removes all fields of objects in arrays in arrays without a schema. There is no recursion, because only the value limits the depth. */
function emptied(value: Json, path: string, unknown: UnknownFields): Json {
  const root: Json[] = [value];
  const todo: { readonly list: Json[]; readonly path: (index: number) => string }[] = [
    { list: root, path: () => path },
  ];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { list, path: pathOf } = next;
    for (const [index, item] of list.entries()) {
      if (isJsonObject(item)) {
        for (const key of Object.keys(item)) unknown.add(fieldPath(pathOf(index), key));
        list[index] = {};
      } else if (isJsonArray(item)) {
        const at = pathOf(index);
        const copy = [...item];
        list[index] = copy;
        todo.push({ list: copy, path: (inner) => `${at}[${inner}]` });
      }
    }
  }
  return root[0] ?? null;
}

function mapped(value: readonly Json[], change: (item: Json, index: number) => Json): readonly Json[] {
  const changed = value.map(change);
  return changed.every((item, index) => item === value[index]) ? value : changed;
}

function prunedObject(
  value: JsonObject<Json>,
  schema: Structural,
  path: string,
  unknown: UnknownFields,
): JsonObject<Json> {
  let same = true;
  const kept: [string, Json][] = [];
  for (const [key, field] of Object.entries(value)) {
    const own = schema.properties.get(key);
    const others = schema.additionalProperties;
    if (schema.embeddedResource && identity.has(key)) {
      const isInside = key === 'metadata' && path !== '';
      const pruned = isInside ? prunedMetadata(field, fieldPath(path, key), unknown) : field;
      same &&= pruned === field;
      kept.push([key, pruned]);
    } else if (own !== undefined || others !== undefined) {
      const next = own ?? (typeof others === 'object' ? others : undefined);
      const pruned = prunedValue(field, next, fieldPath(path, key), unknown);
      same &&= pruned === field;
      kept.push([key, pruned]);
    } else if (schema.preserveUnknownFields) {
      kept.push([key, field]);
    } else {
      unknown.add(fieldPath(path, key));
      same = false;
    }
  }
  return same ? value : Object.fromEntries(kept);
}

function prunedValue(value: Json, schema: Structural | undefined, path: string, unknown: UnknownFields): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (schema === undefined) return emptied(value, path, unknown);
  if (isJsonObject(value)) return prunedObject(value, schema, path, unknown);
  if (!isJsonArray(value)) return value;
  // In a list that preserves unknown fields, the items preserve theirs too.
  const { items } = schema;
  if (schema.preserveUnknownFields) {
    if (items === undefined) return value;
    const keeping = { ...items, preserveUnknownFields: true };
    return mapped(value, (item, index) => prunedValue(item, keeping, `${path}[${index}]`, unknown));
  }
  return mapped(value, (item, index) => prunedValue(item, items, `${path}[${index}]`, unknown));
}

/** Removes the fields that the schema of a value does not declare. */
export function pruneValue(
  value: Json,
  schema: Structural,
): { readonly value: Json; readonly unknown: readonly string[] } {
  const unknown = new UnknownFields();
  return { value: prunedValue(value, schema, '', unknown), unknown: unknown.paths };
}

/**
 * Removes the fields that the schema does not declare. `apiVersion`, `kind` and `metadata` of the object, and of resources embedded in
 * it, are kept completely.
 */
export function prune(object: JsonObject<Json>, schema: Structural): Pruned {
  const unknown = new UnknownFields();
  const pruned = prunedObject(object, { ...schema, embeddedResource: true }, '', unknown);
  return { object: pruned, unknown: unknown.paths.toSorted() };
}
