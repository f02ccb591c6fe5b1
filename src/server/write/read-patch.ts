/**
 * Patches (api-semantics 6.4).
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { jsonPatch, mergePatch, patchMediaTypes } from '../wire/patch.ts';
import { badRequest } from '../wire/status.ts';
import { unreachable } from '../../unreachable.ts';
import { bodyBytes, type DecodedBody, decoded } from './read-body.ts';

const APPLY = 'application/apply-patch+yaml';

/** Media types of patches. Strategic merge patches are for kinds that are compiled into clients. */
export type PatchMediaType = (typeof patchMediaTypes)[number] | typeof APPLY;

/** What patches of a target may be written in. */
export function patchMediaTypesOf(target: 'main' | 'status' | 'scale'): readonly PatchMediaType[] {
  return target === 'scale' ? patchMediaTypes : [...patchMediaTypes, APPLY];
}

/** A patch, and what it makes of an object. */
export interface Patch extends DecodedBody {
  /** @throws ApiError 400, 413, 422 */
  apply(object: unknown): unknown;
}

/** @throws ApiError 400, 413 */
export async function readPatch(ctx: RequestContext, mediaType: PatchMediaType): Promise<Patch> {
  const bytes = await bodyBytes(ctx);
  const body = decoded(bytes, mediaType === APPLY ? 'application/yaml' : 'application/json');
  return { ...body, apply: (object) => patched(object, mediaType, body.value) };
}

function patched(object: unknown, mediaType: PatchMediaType, patch: unknown): unknown {
  switch (mediaType) {
    case 'application/json-patch+json':
      return jsonPatch(object, patch);
    case 'application/merge-patch+json':
      if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
        throw badRequest('the body of the request is not a merge patch: it must be an object');
      }
      return mergePatch(object, patch);
    case APPLY:
      return patch;
    default:
      return unreachable(mediaType);
  }
}
