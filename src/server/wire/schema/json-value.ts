import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../object.ts';

/** An object of JSON. Its keys are the client's: `__proto__` and `constructor` are fields as any other. */
export type JsonObject = Readonly<Record<string, Json>>;

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A field of an object, and never one of its prototype. */
export function ownField(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Whether two values are the same JSON. Values nested so deeply that it cannot be said are not. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  try {
    return isDeepStrictEqual(a, b);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The path of a field of an object, as messages write it: names are as they are, whatever they hold. */
export function fieldPath(object: string, name: string): string {
  return object === '' ? name : `${object}.${name}`;
}
