import { maxBodyBytes } from './body.ts';
import {
  applyOperations,
  CopyLimitProblem,
  operationProblem,
  PatchProblem,
  type PatchOperation,
} from './json-patch.ts';
import { badRequest, requestEntityTooLarge, tooManyOperations, unprocessable } from './status.ts';

/** Media types of patches that need no schema (api-semantics 6.4). */
export const patchMediaTypes = ['application/json-patch+json', 'application/merge-patch+json'] as const;

/** More operations than this are answered 413. */
export const maxPatchOperations = 10_000;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The result of a JSON patch (RFC 6902); `object` is left as it is. Throws a 400 when `patch` is no array of operations, a 413 for too many
 * operations or too much copied, and for everything else (a failed test, a path that is not there) a 422 that keeps the reason to
 * itself, as upstream.
 */
export function jsonPatch(object: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every((operation): operation is PatchOperation => isObject(operation))) {
    throw badRequest('the body of the request is not a JSON patch: it must be an array of objects');
  }
  if (patch.length > maxPatchOperations) throw tooManyOperations(maxPatchOperations, patch.length);
  for (const operation of patch) {
    const problem = operationProblem(operation);
    if (problem !== undefined) throw badRequest(`invalid operation ${JSON.stringify(operation)}: ${problem}`);
  }
  try {
    return applyOperations(structuredClone(object), patch, maxBodyBytes);
  } catch (error) {
    if (error instanceof CopyLimitProblem) throw requestEntityTooLarge(maxBodyBytes);
    throw error instanceof PatchProblem ? unprocessable(error) : error;
  }
}

/**
 * The result of a merge patch (RFC 7396): members of `patch` replace those of `object`, null removes, objects are merged. `object` is
 * left as it is; the result may share parts with both.
 */
export function mergePatch(object: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  // A map and fromEntries, since `__proto__` is a key like any other.
  const members = new Map(Object.entries(isObject(object) ? object : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      members.delete(key);
    } else {
      members.set(key, mergePatch(members.get(key), value));
    }
  }
  return Object.fromEntries(members);
}
