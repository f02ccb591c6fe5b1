/**
 * Writes response bodies: in the negotiated format, compressed with gzip if the client accepts it and the body is large.
 * @module
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RequestContext } from '../define/request-context.ts';
import { acceptsGzip } from '../wire/accept.ts';
import { encodeBody } from '../wire/body.ts';
import { contentTypeOf, type ResponseFormat } from '../wire/negotiation.ts';
import type { StateBodies } from './compressed-bodies.ts';

/** Larger bodies are compressed for clients that accept gzip (conformance 3.5). */
const GZIP_THRESHOLD = 131_072;
/** Small parts are joined into pieces of about this size. One write for each part would cost more than the copying. */
const PIECE_BYTES = 65_536;
const NEWLINE = Buffer.from('\n');

/** Responds with a value in the negotiated format. */
export function respondValue(ctx: RequestContext, status: number, value: unknown, format: ResponseFormat): void {
  ctx.status = status;
  ctx.set('Content-Type', contentTypeOf(format));
  ctx.body = encodeBody(value, format);
}

/** The place of a compressed body in the cache. */
export interface CompressedCacheSlot {
  readonly bodies: StateBodies;
  readonly key: string;
}

/**
 * Responds with the compressed body from the cache, also if it is still being compressed for another request.
 * @returns false, without a response, if the cache does not have the body or the client does not accept gzip
 */
export async function respondFromCache(
  ctx: RequestContext,
  slot: CompressedCacheSlot,
  format: ResponseFormat,
): Promise<boolean> {
  if (!acceptsGzip(ctx.get('Accept-Encoding'))) return false;
  const body = slot.bodies.known(slot.key);
  if (body === undefined) return false;
  await sendCompressed(ctx, body, contentTypeOf(format));
  return true;
}

/** Options of {@link respondParts}. */
export interface PartsOptions {
  /** The HTTP status. @default 200 */
  readonly status?: number | undefined;
  /** Stores the compressed body in the cache, for other requests. */
  readonly cacheSlot?: CompressedCacheSlot | undefined;
}

/**
 * Sends a JSON body that consists of encoded parts. YAML and indented JSON are rare; they need the value, so the parts are parsed again.
 * Resolves when the whole body is written, which takes as long as the client needs to read it.
 */
export async function respondParts(
  ctx: RequestContext,
  parts: Buffer[],
  format: ResponseFormat,
  { status = 200, cacheSlot }: PartsOptions = {},
): Promise<void> {
  const contentType = contentTypeOf(format);
  const whole = encoded(parts, format);
  const length = whole.reduce((sum, part) => sum + part.length, 0);
  if (length <= GZIP_THRESHOLD || !acceptsGzip(ctx.get('Accept-Encoding'))) {
    begin(ctx, contentType, { status, length });
    if (length <= PIECE_BYTES) ctx.res.end(Buffer.concat(whole, length));
    else await ignoreDisconnect(ctx, pipeline(Readable.from(pieces(whole)), ctx.res));
  } else if (cacheSlot === undefined) {
    begin(ctx, contentType, { status, compressed: true });
    await ignoreDisconnect(ctx, pipeline(Readable.from(pieces(whole)), createGzip({ level: 1 }), ctx.res));
  } else {
    await sendCompressed(ctx, cacheSlot.bodies.compressed(cacheSlot.key, whole), contentType);
  }
}

function encoded(parts: Buffer[], format: ResponseFormat): Buffer[] {
  if (!format.pretty && format.mediaType === 'application/json') return [...parts, NEWLINE];
  const value: unknown = JSON.parse(Buffer.concat(parts).toString());
  return [Buffer.from(encodeBody(value, format))];
}

async function sendCompressed(ctx: RequestContext, compressed: Promise<Buffer>, contentType: string): Promise<void> {
  const body = await compressed;
  // The client has disconnected, or has received a timeout.
  if (ctx.state.signal.aborted) return;
  begin(ctx, contentType, { length: body.length, compressed: true });
  if (body.length <= PIECE_BYTES) ctx.res.end(body);
  else await ignoreDisconnect(ctx, pipeline(Readable.from(pieces([body])), ctx.res));
}

interface Framing {
  readonly status?: number;
  readonly length?: number;
  readonly compressed?: boolean;
}

function begin(ctx: RequestContext, contentType: string, { status = 200, length, compressed = false }: Framing): void {
  ctx.respond = false;
  ctx.res.statusCode = status;
  ctx.set('Content-Type', contentType);
  if (length !== undefined) ctx.set('Content-Length', String(length));
  if (!compressed) return;
  ctx.set('Content-Encoding', 'gzip');
  ctx.vary('Accept-Encoding');
}

/** Ignores the error of a client that disconnects before the end. */
async function ignoreDisconnect(ctx: RequestContext, written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!ctx.state.signal.aborted) throw error;
  }
}

/** Joins buffers into fewer, larger ones. */
function* pieces(parts: readonly Buffer[]): Iterable<Buffer> {
  let piece: Buffer[] = [];
  let length = 0;
  for (const part of parts) {
    piece.push(part);
    length += part.length;
    if (length < PIECE_BYTES) continue;
    yield piece.length === 1 ? part : Buffer.concat(piece, length);
    piece = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(piece, length);
}
