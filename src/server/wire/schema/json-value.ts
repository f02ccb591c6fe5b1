/**
 * Typed JSON values in the checks of schemas.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../object.ts';

/** A JSON object. The client chooses its keys: `__proto__` and `constructor` are ordinary fields. */
export type JsonObject = Readonly<Record<string, Json>>;

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Returns an own field of an object, never an inherited one. */
export function ownField(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Returns whether two JSON values are equal. Values that are nested too deeply for the comparison are not equal. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  try {
    return isDeepStrictEqual(a, b);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Returns the path of a field as in messages. Names are printed unchanged, whatever they contain. */
export function fieldPath(object: string, name: string): string {
  return object === '' ? name : `${object}.${name}`;
}
