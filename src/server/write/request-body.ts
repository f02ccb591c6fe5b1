/**
 * Bodies of writes: objects, options and patches (conformance 6.1 and 6.4).
 * @module
 */
import { unreachable } from '../../unreachable.ts';
import type { RequestContext } from '../define/request-context.ts';
import { turnAfter } from '../read/turns.ts';
import { type BodyLimits, type BodyMediaType, decodeBody, duplicateFields } from '../wire/body.ts';
import { LATER_WEIGHT } from '../wire/json-size.ts';
import { bodyMediaType } from '../wire/negotiation.ts';
import { jsonPatch, mergePatch, patchMediaTypes, type PatchLimits } from '../wire/patch.ts';
import { badRequest, requestEntityTooLarge } from '../wire/status.ts';

/** The decoded body of a request. */
export interface DecodedBody {
  readonly value: unknown;
  /** Paths of the fields that the body contains more than once. */
  readonly duplicates: readonly string[];
}

/** A patch, and its effect on an object. */
export interface Patch extends DecodedBody {
  /** @throws ApiError 400, 413, 422 */
  apply(object: unknown): unknown;
}

const APPLY = 'application/apply-patch+yaml';
const OBJECT_TYPES = ['application/json', 'application/yaml'] as const;

/** Media types of patches. Strategic merge patches exist only for kinds that are compiled into clients. */
export type PatchMediaType = (typeof patchMediaTypes)[number] | typeof APPLY;

/** Reads the object of a create or update. @throws ApiError 400, 413, 415 */
export async function objectBody(ctx: RequestContext): Promise<DecodedBody> {
  const mediaType = bodyMediaType<BodyMediaType>(ctx.req.headers['content-type'], OBJECT_TYPES);
  return decoded(ctx, await bodyBytes(ctx), mediaType, ctx.state.limits);
}

/** Reads a body that may be empty. Returns undefined if it is empty. @throws ApiError 400, 413, 415 */
export async function optionalBody(ctx: RequestContext): Promise<unknown> {
  const bytes = await bodyBytes(ctx);
  if (bytes.length === 0) return undefined;
  return decodeBody(
    bytes,
    bodyMediaType<BodyMediaType>(ctx.req.headers['content-type'], OBJECT_TYPES),
    ctx.state.limits,
  );
}

/** Returns the media types in which an object, its status or its scale can be patched. */
export function patchMediaTypesOf(target: 'main' | 'status' | 'scale'): readonly PatchMediaType[] {
  return target === 'scale' ? patchMediaTypes : [...patchMediaTypes, APPLY];
}

/** Reads a patch. @throws ApiError 400, 413 */
export async function patchBody(ctx: RequestContext, mediaType: PatchMediaType): Promise<Patch> {
  const bytes = await bodyBytes(ctx);
  const { limits } = ctx.state;
  // An operation has four values besides its content, and is itself an item of a long array.
  const operationValues = mediaType === 'application/json-patch+json' ? (4 + LATER_WEIGHT) * limits.patchOperations : 0;
  const body = await decoded(ctx, bytes, mediaType === APPLY ? 'application/yaml' : 'application/json', {
    ...limits,
    bodyValues: limits.bodyValues + operationValues,
  });
  return { ...body, apply: (object) => patched(object, mediaType, body.value, ctx.state.limits) };
}

function patched(object: unknown, mediaType: PatchMediaType, patch: unknown, limits: PatchLimits): unknown {
  switch (mediaType) {
    case 'application/json-patch+json':
      // As in a kube-apiserver, a patch whose result is null changes nothing.
      return jsonPatch(object, patch, limits) ?? object;
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

/**
 * Reads the bytes of the body.
 * @throws ApiError 413 when the body exceeds the limit; the rest is not read
 */
async function bodyBytes(ctx: RequestContext): Promise<Buffer> {
  const { bodyBytes: maximum } = ctx.state.limits;
  if (Number(ctx.get('Content-Length')) > maximum) throw requestEntityTooLarge(maximum);
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > maximum) throw requestEntityTooLarge(maximum);
    chunks.push(chunk);
  }
  if (ctx.state.signal.aborted) throw badRequest('the body of the request ended early');
  return Buffer.concat(chunks);
}

async function decoded(
  { state: { signal } }: RequestContext,
  bytes: Buffer,
  mediaType: BodyMediaType,
  limits: BodyLimits,
): Promise<DecodedBody> {
  const value = decodeBody(bytes, mediaType, limits);
  await turnAfter(value, signal);
  // YAML with a duplicate key is a syntax error, so only JSON needs this check.
  if (mediaType !== 'application/json') return { value, duplicates: [] };
  const duplicates = duplicateFields(bytes.toString());
  await turnAfter(value, signal);
  return { value, duplicates };
}
