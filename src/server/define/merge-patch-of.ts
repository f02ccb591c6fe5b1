/**
 * The difference of two objects: as a merge patch (RFC 7396), and as the paths of the changed fields.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../wire/json.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Returns the merge patch that turns `before` into `after`. Removed fields are null, unchanged fields are omitted, and a changed array is
 * replaced as a whole. Undefined counts as an empty object. The functions of {@link ProjectionWrites} use it.
 * @example
 * mergePatchOf({ team: 'a', tier: 'web' }, { team: 'b' }) // { team: 'b', tier: null }
 */
export function mergePatchOf(before: object | undefined, after: object | undefined): Record<string, unknown> {
  const [old, next] = [before ?? {}, after ?? {}] as [JsonObject, JsonObject];
  const patch = new Map<string, unknown>();
  for (const field of Object.keys(old)) if (!isDefined(next, field) && isDefined(old, field)) patch.set(field, null);
  for (const [field, value] of Object.entries(next)) {
    const was = Object.hasOwn(old, field) ? old[field] : undefined;
    if (value === undefined || isDeepStrictEqual(was, value)) continue;
    patch.set(field, isJsonObject(was) && isJsonObject(value) ? mergePatchOf(was, value) : value);
  }
  return Object.fromEntries(patch);
}

/** Returns the paths at which two objects differ, as arrays of field names. An empty object equals a missing one. */
export function changedFields(before: unknown, after: unknown, path: readonly string[] = []): readonly string[][] {
  const [old, next] = [before ?? {}, after ?? {}];
  if (!isJsonObject(old) || !isJsonObject(next)) return isDeepStrictEqual(before, after) ? [] : [[...path]];
  const fields = new Set([...Object.keys(old), ...Object.keys(next)]);
  return Array.from(fields).flatMap((field) => {
    const [was, is] = [ownValue(old, field), ownValue(next, field)];
    if (isJsonObject(was ?? {}) && isJsonObject(is ?? {})) return changedFields(was, is, [...path, field]);
    return isDeepStrictEqual(was, is) ? [] : [[...path, field]];
  });
}

function isDefined(object: JsonObject, field: string): boolean {
  return ownValue(object, field) !== undefined;
}

function ownValue(object: JsonObject, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}
