/**
 * JSON values: objects, arrays, members, paths and equality.
 * @module
 */
import type { Json } from './object.ts';

/**
 * A JSON object. Its client chooses the names of its members: `__proto__` and `constructor` are ordinary names. The members have the
 * type `unknown`, or `Json` if they are known to come from JSON.
 */
export type JsonObject<Value = unknown> = Readonly<Record<string, Value>>;

/** Returns whether a value is a JSON object, which null and arrays are not. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns whether a value is a JSON object or an array. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Returns whether a JSON value is an array. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Returns an own member of an object, never an inherited one. */
export function memberOf<Value>(object: JsonObject<Value>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Returns the value at a path, or undefined if the path ends early. */
export function valueAtPath(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** Returns the string at a path, or the empty string. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = valueAtPath(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** Returns the number at a path, or 0. */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = valueAtPath(value, ...path);
  return typeof found === 'number' ? found : 0;
}

/** Returns the array at a path, or an empty array. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = valueAtPath(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Returns whether two JSON values are equal. The order of members does not matter. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, valueAtPath) => sameJson(item, right[valueAtPath]))
    );
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
  );
}
