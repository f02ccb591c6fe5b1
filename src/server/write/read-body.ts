/**
 * Bodies of writes.
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { type BodyMediaType, decodeBody, maxBodyBytes } from '../wire/body.ts';
import { duplicateFields } from '../wire/body.ts';
import { bodyMediaType } from '../wire/negotiation.ts';
import { badRequest, requestEntityTooLarge } from '../wire/status.ts';

/** What a body says. */
export interface DecodedBody {
  readonly value: unknown;
  /** Paths of the fields that it has more than once. */
  readonly duplicates: readonly string[];
}

const OBJECT_TYPES = ['application/json', 'application/yaml'] as const;

/**
 * The bytes of the body.
 * @throws ApiError 413 as soon as there are too many; what follows is not read
 */
export async function bodyBytes(ctx: RequestContext): Promise<Buffer> {
  const length = Number(ctx.get('Content-Length'));
  if (length > maxBodyBytes) throw requestEntityTooLarge(maxBodyBytes);
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > maxBodyBytes) throw requestEntityTooLarge(maxBodyBytes);
    chunks.push(chunk);
  }
  if (ctx.state.signal.aborted) throw badRequest('the body of the request ended early');
  return Buffer.concat(chunks);
}

/** The body of a create or update. @throws ApiError 400, 413, 415 */
export async function objectBody(ctx: RequestContext): Promise<DecodedBody> {
  const mediaType = bodyMediaType<BodyMediaType>(ctx.req.headers['content-type'], OBJECT_TYPES);
  return decoded(await bodyBytes(ctx), mediaType);
}

/** The same, but undefined where there is no body. @throws ApiError 400, 413, 415 */
export async function optionalBody(ctx: RequestContext): Promise<unknown> {
  const bytes = await bodyBytes(ctx);
  if (bytes.length === 0) return undefined;
  return decodeBody(bytes, bodyMediaType<BodyMediaType>(ctx.req.headers['content-type'], OBJECT_TYPES));
}

/** @throws ApiError 400 */
export function decoded(bytes: Buffer, mediaType: BodyMediaType): DecodedBody {
  const value = decodeBody(bytes, mediaType);
  // A YAML text with a key twice does not parse.
  return { value, duplicates: mediaType === 'application/json' ? duplicateFields(bytes.toString()) : [] };
}
