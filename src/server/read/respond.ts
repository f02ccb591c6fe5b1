/**
 * Writing response bodies.
 * @module
 */
import { acceptsGzip } from '../wire/accept.ts';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { StateBodies } from './compressed-bodies.ts';
import type { RequestContext } from '../define/request-context.ts';
import { encodeBody } from '../wire/body.ts';
import { contentTypeOf, type ResponseFormat } from '../wire/negotiation.ts';

/** Bodies above this are compressed for clients that accept it (api-semantics 3.5). */
const GZIP_THRESHOLD = 131_072;
/** Small parts are joined to pieces of about this: a write for each would cost more than the copying. */
const PIECE_BYTES = 65_536;
const NEWLINE = Buffer.from('\n');

/** Answers with a value in the format agreed on. */
export function respondValue(ctx: RequestContext, status: number, value: unknown, format: ResponseFormat): void {
  ctx.status = status;
  ctx.set('Content-Type', contentTypeOf(format));
  ctx.body = encodeBody(value, format);
}

/** Where the compressed form of a body is kept, and under which key. */
export interface Keeping {
  readonly bodies: StateBodies;
  readonly key: string;
}

/** Answers with the body that is kept compressed, or is being compressed for somebody else; false where there is none, or no use for it. */
export async function respondKept(ctx: RequestContext, keeping: Keeping, format: ResponseFormat): Promise<boolean> {
  if (!acceptsGzip(ctx.get('Accept-Encoding'))) return false;
  const body = keeping.bodies.known(keeping.key);
  if (body === undefined) return false;
  await sendCompressed(ctx, body, contentTypeOf(format));
  return true;
}

/** Options of {@link respondParts}. */
export interface PartsOptions {
  /** The HTTP status. @default 200 */
  readonly status?: number | undefined;
  /** Keeps the compressed body for other clients. */
  readonly keeping?: Keeping | undefined;
}

/**
 * Sends a JSON body that consists of encoded parts. YAML and indented JSON need the value, so the parts are parsed again: rare, and at the
 * cost of the client that asks for them. Resolves when all is written; a slow client is given time.
 */
export async function respondParts(
  ctx: RequestContext,
  parts: Buffer[],
  format: ResponseFormat,
  { status = 200, keeping }: PartsOptions = {},
): Promise<void> {
  const contentType = contentTypeOf(format);
  const whole = encoded(parts, format);
  const length = whole.reduce((sum, part) => sum + part.length, 0);
  if (length <= GZIP_THRESHOLD || !acceptsGzip(ctx.get('Accept-Encoding'))) {
    begin(ctx, contentType, { status, length });
    if (length <= PIECE_BYTES) ctx.res.end(Buffer.concat(whole, length));
    else await unlessGone(ctx, pipeline(Readable.from(pieces(whole)), ctx.res));
  } else if (keeping === undefined) {
    begin(ctx, contentType, { status, compressed: true });
    await unlessGone(ctx, pipeline(Readable.from(pieces(whole)), createGzip({ level: 1 }), ctx.res));
  } else {
    await sendCompressed(ctx, keeping.bodies.compressed(keeping.key, whole), contentType);
  }
}

function encoded(parts: Buffer[], format: ResponseFormat): Buffer[] {
  if (!format.pretty && format.mediaType === 'application/json') return [...parts, NEWLINE];
  const value: unknown = JSON.parse(Buffer.concat(parts).toString());
  return [Buffer.from(encodeBody(value, format))];
}

async function sendCompressed(ctx: RequestContext, compressed: Promise<Buffer>, contentType: string): Promise<void> {
  const body = await compressed;
  // Nobody waits any more, or has been told that it took too long.
  if (ctx.state.signal.aborted) return;
  begin(ctx, contentType, { length: body.length, compressed: true });
  if (body.length <= PIECE_BYTES) ctx.res.end(body);
  else await unlessGone(ctx, pipeline(Readable.from(pieces([body])), ctx.res));
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

/** A client that leaves before the end is no error of ours. */
async function unlessGone(ctx: RequestContext, written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!ctx.state.signal.aborted) throw error;
  }
}

/** The same bytes in fewer buffers. */
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
