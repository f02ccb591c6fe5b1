/**
 * Writing response bodies.
 * @module
 */
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { RequestContext } from './request-context.ts';
import { encodeBody } from './wire/body.ts';
import { contentTypeOf, type ResponseFormat } from './wire/negotiation.ts';

/** Bodies above this are compressed for clients that accept it (api-semantics 3.5). */
const GZIP_THRESHOLD = 131_072;
const NEWLINE = Buffer.from('\n');

/** Answers with a value in the format agreed on. */
export function respondValue(ctx: RequestContext, status: number, value: unknown, format: ResponseFormat): void {
  ctx.status = status;
  ctx.set('Content-Type', contentTypeOf(format));
  ctx.body = encodeBody(value, format);
}

/**
 * Answers with a JSON body that is there in parts: the parts are written as they are, nothing is copied. Formats that need the value
 * (YAML, indented JSON) parse it again: rare, and paid by who asks.
 */
export async function respondParts(ctx: RequestContext, parts: Buffer[], format: ResponseFormat): Promise<void> {
  if (format.pretty || format.mediaType !== 'application/json') {
    respondValue(ctx, 200, JSON.parse(Buffer.concat(parts).toString()), format);
    return;
  }
  parts.push(NEWLINE);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const { res } = ctx;
  ctx.respond = false;
  ctx.set('Content-Type', contentTypeOf(format));
  ctx.res.statusCode = 200;
  const compress = length > GZIP_THRESHOLD && acceptsGzip(ctx.get('Accept-Encoding'));
  if (!compress) {
    ctx.set('Content-Length', String(length));
    for (const part of parts) res.write(part);
    res.end();
    return;
  }
  ctx.set('Content-Encoding', 'gzip');
  ctx.vary('Accept-Encoding');
  try {
    await pipeline(Readable.from(parts), createGzip({ level: 1 }), res);
  } catch (error) {
    // A client that leaves before the end is no error of ours.
    if (!res.destroyed) throw error;
  }
}

function acceptsGzip(header: string): boolean {
  return header.split(',').some((token) => token.trim() === 'gzip');
}
