/**
 * Check of duplicates in lists that are sets or maps (apiextensions' schema/listtype).
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { duplicate, invalidValue } from './field-causes.ts';
import { goJson } from './go-text.ts';
import { type JsonObject, isJsonArray, isJsonObject, memberOf } from '../json.ts';
import { fieldPath } from './field-causes.ts';
import type { Structural } from './structural.ts';

/** Returns the index of the second occurrence of each repeated value. Further occurrences are not reported. */
function secondOccurrences(values: readonly Json[]): readonly number[] {
  const seen = new Map<string, number>();
  return [...values.keys()].filter((index) => {
    const text = goJson(values[index] ?? null);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2;
  });
}

function keyOf(item: Json, keys: readonly string[]): JsonObject<Json> {
  return isJsonObject(item)
    ? Object.fromEntries(
        keys.flatMap((key): [string, Json][] => {
          const value = memberOf(item, key);
          return value === undefined ? [] : [[key, value]];
        }),
      )
    : {};
}

function* inList(list: readonly Json[], schema: Structural, path: string): Iterable<StatusCause> {
  if (schema.listType === 'set') {
    for (const index of secondOccurrences(list)) yield duplicate(`${path}[${index}]`, list[index] ?? null);
  } else if (schema.listType === 'map') {
    const wrong = list.findIndex((item) => item !== null && !isJsonObject(item));
    if (wrong >= 0) {
      yield invalidValue(`${path}[${wrong}]`, list[wrong] ?? null, 'must be an object for an array of list-type map');
    } else {
      const keys = list.map((item) => keyOf(item, schema.listMapKeys));
      for (const index of secondOccurrences(keys)) yield duplicate(`${path}[${index}]`, keys[index] ?? {});
    }
  }
  const { items } = schema;
  if (items === undefined || !items.holdsLists) return;
  for (const [index, item] of list.entries()) yield* inValue(item, items, `${path}[${index}]`);
}

function* inObject(object: JsonObject<Json>, schema: Structural, path: string): Iterable<StatusCause> {
  const { additionalProperties: others } = schema;
  for (const [key, value] of Object.entries(object)) {
    if (typeof others === 'object') yield* inValue(value, others, `${path}[${key}]`);
    const own = schema.properties.get(key);
    if (own !== undefined) yield* inValue(value, own, fieldPath(path, key));
  }
}

function* inValue(value: Json, schema: Structural, path: string): Iterable<StatusCause> {
  if (!schema.holdsLists) return;
  if (isJsonArray(value)) yield* inList(value, schema, path);
  else if (isJsonObject(value)) yield* inObject(value, schema, path);
}

/** Returns the duplicates in the set and map lists of an object. */
export function listTypeCauses(object: Json, schema: Structural): Iterable<StatusCause> {
  return inValue(object, schema, '');
}
