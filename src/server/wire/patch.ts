/**
 * JSON patches and merge patches (conformance 6.4).
 * @module
 */
import { type BodyLimits, requireSize, valuesOf } from './body.ts';
import { isJsonObject } from './json.ts';
import {
  applyOperations,
  CopyLimitProblem,
  operationProblem,
  PatchProblem,
  StepLimitProblem,
  type PatchOperation,
} from './json-patch.ts';
import { nestedTooDeeply } from './json-size.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { shortened } from './quote.ts';
import { badRequest, requestEntityTooLarge, tooManyOperations, tooMuchPatchWork, unprocessable } from './status.ts';

/** The media types of patches that need no schema. */
export const patchMediaTypes = ['application/json-patch+json', 'application/merge-patch+json'] as const;

/** The limits of a patch and of its result. */
export type PatchLimits = BodyLimits & Pick<Limits, 'patchOperations' | 'patchSteps'>;

/**
 * Applies a JSON patch (RFC 6902) to a copy of `object`. Like upstream, a patch of null has no operations.
 * @throws ApiError 400 if `patch` is not an array of operations
 * @throws ApiError 400, 413 for too many operations, too much copied data, and a result that is larger than a body may be
 * @throws ApiError 422 for all other failures (a failed test, a missing path). Like upstream, it does not contain the reason.
 */
export function jsonPatch(object: unknown, patch: unknown, limits: PatchLimits = DEFAULT_LIMITS): unknown {
  if (patch === null) return object;
  if (!Array.isArray(patch) || !patch.every((operation): operation is PatchOperation => isJsonObject(operation))) {
    throw badRequest('the body of the request is not a JSON patch: it must be an array of objects');
  }
  if (patch.length > limits.patchOperations) throw tooManyOperations(limits.patchOperations, patch.length);
  for (const operation of patch) {
    const problem = operationProblem(operation);
    if (problem !== undefined)
      throw badRequest(`invalid operation ${shortened(JSON.stringify(operation))}: ${problem}`);
  }
  try {
    const result = applyOperations(structuredClone(object), patch, {
      copied: limits.bodyBytes,
      steps: limits.patchSteps,
    });
    // The values of the object itself do not count: its client may only have changed a label of a large object.
    requireSize(result, { ...limits, bodyValues: limits.bodyValues + valuesOf(object) });
    return result;
  } catch (error) {
    if (error instanceof CopyLimitProblem) throw requestEntityTooLarge(limits.bodyBytes);
    if (error instanceof StepLimitProblem) throw tooMuchPatchWork(limits.patchSteps);
    // A copy of a value that earlier operations have nested too deeply.
    if (error instanceof RangeError) throw nestedTooDeeply(limits.bodyDepth);
    throw error instanceof PatchProblem ? unprocessable(error) : error;
  }
}

/**
 * Applies a merge patch (RFC 7396): members of `patch` replace those of `object`, null removes a member, objects are merged. `object`
 * does not change; the result may share parts with both.
 */
export function mergePatch(object: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  // A Map and fromEntries, because `__proto__` is an ordinary key.
  const members = new Map(Object.entries(isJsonObject(object) ? object : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      members.delete(key);
    } else {
      members.set(key, mergePatch(members.get(key), value));
    }
  }
  return Object.fromEntries(members);
}
