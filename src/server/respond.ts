/**
 * Writing response bodies.
 * @module
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RequestContext } from './request-context.ts';
import { encodeBody } from './wire/body.ts';
import { contentTypeOf, type ResponseFormat } from './wire/negotiation.ts';

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

/**
 * Answers with a JSON body that is there in parts. Formats that need the value (YAML, indented JSON) parse it again: rare, and paid by
 * who asks. Resolves when all is written; a client that reads slowly is given time.
 */
export async function respondParts(ctx: RequestContext, parts: Buffer[], format: ResponseFormat): Promise<void> {
  if (format.pretty || format.mediaType !== 'application/json') {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString());
    await send(ctx, [Buffer.from(encodeBody(value, format))], contentTypeOf(format));
  } else {
    await send(ctx, [...parts, NEWLINE], contentTypeOf(format));
  }
}

async function send(ctx: RequestContext, parts: readonly Buffer[], contentType: string): Promise<void> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const { res } = ctx;
  ctx.respond = false;
  ctx.set('Content-Type', contentType);
  res.statusCode = 200;
  const compress = length > GZIP_THRESHOLD && acceptsGzip(ctx.get('Accept-Encoding'));
  if (compress) {
    ctx.set('Content-Encoding', 'gzip');
    ctx.vary('Accept-Encoding');
  } else {
    ctx.set('Content-Length', String(length));
    if (length <= PIECE_BYTES) {
      res.end(Buffer.concat(parts, length));
      return;
    }
  }
  const body = Readable.from(pieces(parts));
  try {
    await (compress ? pipeline(body, createGzip({ level: 1 }), res) : pipeline(body, res));
  } catch (error) {
    // A client that leaves before the end is no error of ours.
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

function acceptsGzip(header: string): boolean {
  return header.split(',').some((token) => token.trim() === 'gzip');
}
