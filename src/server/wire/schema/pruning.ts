import type { Json } from '../object.ts';
import { fieldPath, isJsonArray, isJsonObject, type JsonObject } from './json-value.ts';
import type { Structural } from './structural.ts';

// What apiextensions' schema/pruning does. Objects are not changed: what has lost nothing is the same value as before.

/** Paths are the client's: a name of a megabyte with a hundred thousand unknown fields below it is not written that often. */
export const maxUnknownLength = 262_144;

class UnknownFields {
  readonly paths: string[] = [];
  #length = 0;

  add(path: string): void {
    if (this.#length >= maxUnknownLength) return;
    this.paths.push(path);
    this.#length += path.length;
  }
}

/** An object without the fields its schema does not know. */
export interface Pruned {
  readonly object: JsonObject;
  /**
   * The paths of the fields that were dropped, as in `unknown field "spec.list[0].x"`, in order: the first `maxUnknownLength`
   * characters of them, and one path at least.
   */
  readonly unknown: readonly string[];
}

const identity: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The fields of metadata. Those of the object itself are not looked at here: they are read with the request. */
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

/** Drops the fields of all objects in arrays in arrays, where there is no schema. Without recursion: only the value bounds the depth. */
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

function prunedObject(value: JsonObject, schema: Structural, path: string, unknown: UnknownFields): JsonObject {
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
  // In a list of unknown fields, the items keep theirs too.
  const { items } = schema;
  if (schema.preserveUnknownFields) {
    if (items === undefined) return value;
    const keeping = { ...items, preserveUnknownFields: true };
    return mapped(value, (item, index) => prunedValue(item, keeping, `${path}[${index}]`, unknown));
  }
  return mapped(value, (item, index) => prunedValue(item, items, `${path}[${index}]`, unknown));
}

/** Drops what the schema of a value does not know. */
export function pruneValue(
  value: Json,
  schema: Structural,
): { readonly value: Json; readonly unknown: readonly string[] } {
  const unknown = new UnknownFields();
  return { value: prunedValue(value, schema, '', unknown), unknown: unknown.paths };
}

/** Drops what the schema does not know. `apiVersion`, `kind` and `metadata` of the object, and of resources embedded in it, are kept whole. */
export function prune(object: JsonObject, schema: Structural): Pruned {
  const unknown = new UnknownFields();
  const pruned = prunedObject(object, { ...schema, embeddedResource: true }, '', unknown);
  return { object: pruned, unknown: unknown.paths.toSorted() };
}
