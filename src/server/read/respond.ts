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
import { indentedJson, type JsonLayout, yamlOfJson } from '../wire/json-layout.ts';
import { contentTypeOf, type ResponseFormat } from '../wire/negotiation.ts';
import type { BodyHold } from './body-memory.ts';
import { BodyPart } from './body-parts.ts';
import type { StateBodies } from './compressed-bodies.ts';
import { nextTurn } from './turns.ts';
import { writeBody } from './write-body.ts';

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
  hold: BodyHold,
): Promise<boolean> {
  if (!acceptsGzip(ctx.get('Accept-Encoding'))) return false;
  const body = slot.bodies.known(slot.key);
  if (body === undefined) return false;
  await sendCompressed(ctx, body, contentTypeOf(format), hold);
  return true;
}

/** Options of {@link respondParts}. */
export interface PartsOptions {
  /** The HTTP status. @default 200 */
  readonly status?: number | undefined;
  /** Stores the compressed body in the cache, for other requests. It is used only for YAML and indented JSON. */
  readonly cacheSlot?: CompressedCacheSlot | undefined;
  /** Counts the memory of bodies that are made from the parts. @default it is not counted */
  readonly hold?: BodyHold | undefined;
}

/** Sends one object. Returns no promise if it is small and compact JSON. */
export function respondObject(ctx: RequestContext, json: Buffer, format: ResponseFormat): void | Promise<void> {
  const length = json.length + NEWLINE.length;
  if (format.pretty || format.mediaType !== 'application/json' || length > PIECE_BYTES) {
    return respondParts(ctx, [json], format);
  }
  begin(ctx, contentTypeOf(format), { length });
  ctx.res.end(Buffer.concat([json, NEWLINE], length));
  return undefined;
}

/**
 * Sends a JSON body that consists of encoded parts. YAML and indented JSON are rare; they are made from the bytes of the JSON.
 * Resolves when the whole body is written, which takes as long as the client needs to read it.
 */
export async function respondParts(
  ctx: RequestContext,
  parts: Buffer[],
  format: ResponseFormat,
  { status = 200, cacheSlot, hold }: PartsOptions = {},
): Promise<void> {
  const contentType = contentTypeOf(format);
  if (format.pretty || format.mediaType !== 'application/json')
    return respondInLayout(ctx, parts, format, { status, cacheSlot, hold });
  const whole = [...parts, NEWLINE];
  const length = whole.reduce((sum, part) => sum + part.length, 0);
  if (length <= GZIP_THRESHOLD || !acceptsGzip(ctx.get('Accept-Encoding'))) {
    begin(ctx, contentType, { status, length });
    if (length <= PIECE_BYTES) ctx.res.end(Buffer.concat(whole, length));
    else await writeBody(ctx, whole);
  } else {
    begin(ctx, contentType, { status, compressed: true });
    await ignoreDisconnect(ctx, pipeline(Readable.from(pieces(whole)), createGzip({ level: 1 }), ctx.res));
  }
}

/** The compressed bodies of the state that a list shows. */
export interface ListBodies {
  readonly bodies: StateBodies;
  /** The place of the body in the cache; undefined for a body that is not cached. */
  readonly key: string | undefined;
  /** Counts the memory of the compressed body. */
  readonly hold: BodyHold;
}

/**
 * Sends a list. A large one is compressed from the blocks of its parts, if the client accepts it: only the leaves that have changed are
 * deflated. A list that is not cached is never a stream: a client that reads slowly would take the place of others.
 */
export async function respondList(
  ctx: RequestContext,
  parts: readonly BodyPart[],
  format: ResponseFormat,
  { bodies, key, hold }: ListBodies,
): Promise<void> {
  const buffers = parts.map(({ bytes }) => bytes);
  const length = buffers.reduce((sum, bytes) => sum + bytes.length, NEWLINE.length);
  const isCompact = !format.pretty && format.mediaType === 'application/json';
  if (!isCompact || length <= GZIP_THRESHOLD || !acceptsGzip(ctx.get('Accept-Encoding'))) {
    return respondParts(ctx, buffers, format, { cacheSlot: key === undefined ? undefined : { bodies, key }, hold });
  }
  const whole = [...parts, new BodyPart(NEWLINE)];
  const contentType = contentTypeOf(format);
  if (key !== undefined) return sendCompressed(ctx, bodies.joined(key, whole), contentType, hold);
  return sendBlocks(ctx, await bodies.blocks(whole), contentType, hold);
}

/** @param hold counts the blocks, which other responses may send too */
async function sendBlocks(
  ctx: RequestContext,
  blocks: readonly Buffer[],
  contentType: string,
  hold?: BodyHold,
): Promise<void> {
  for (const block of blocks) hold?.share(block);
  // The client has disconnected, or has received a timeout.
  if (ctx.state.signal.aborted) return;
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  begin(ctx, contentType, { length, compressed: true });
  await writeBody(ctx, blocks);
}

/** Sends indented JSON or YAML. A large body is written piece by piece, with a turn of the event loop after each piece. */
async function respondInLayout(
  ctx: RequestContext,
  parts: Buffer[],
  format: ResponseFormat,
  { status = 200, cacheSlot, hold }: PartsOptions,
): Promise<void> {
  const contentType = contentTypeOf(format);
  const layout = format.mediaType === 'application/json' ? indentedJson() : yamlOfJson();
  const input = parts.reduce((sum, part) => sum + part.length, 0);
  if (input <= PIECE_BYTES) {
    const body = Buffer.concat([layout.push(Buffer.concat(parts, input)), layout.end()]);
    if (body.length <= GZIP_THRESHOLD) {
      begin(ctx, contentType, { status, length: body.length });
      ctx.res.end(body);
      return;
    }
    return sendPieces(ctx, contentType, status, [body]);
  }
  const body = inTurns(parts, layout, ctx.state.signal);
  if (cacheSlot === undefined || !acceptsGzip(ctx.get('Accept-Encoding'))) {
    return sendPieces(ctx, contentType, status, body);
  }
  const whole: Buffer[] = [];
  for await (const piece of body) {
    hold?.add(piece.length);
    whole.push(piece);
  }
  return sendCompressed(ctx, cacheSlot.bodies.compressed(cacheSlot.key, whole), contentType, hold);
}

async function* inTurns(parts: readonly Buffer[], layout: JsonLayout, signal: AbortSignal): AsyncIterable<Buffer> {
  for (const piece of pieces(parts)) {
    yield layout.push(piece);
    await nextTurn(signal);
  }
  yield layout.end();
}

/** Sends a body of unknown length, compressed if the client accepts it. */
async function sendPieces(
  ctx: RequestContext,
  contentType: string,
  status: number,
  body: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> {
  const compressed = acceptsGzip(ctx.get('Accept-Encoding'));
  begin(ctx, contentType, { status, compressed });
  const source = Readable.from(body);
  await ignoreDisconnect(
    ctx,
    compressed ? pipeline(source, createGzip({ level: 1 }), ctx.res) : pipeline(source, ctx.res),
  );
}

async function sendCompressed(
  ctx: RequestContext,
  compressed: Promise<Buffer>,
  contentType: string,
  hold?: BodyHold,
): Promise<void> {
  return sendBlocks(ctx, [await compressed], contentType, hold);
}

interface Framing {
  readonly status?: number;
  readonly length?: number;
  readonly compressed?: boolean;
}

function begin(ctx: RequestContext, contentType: string, { status = 200, length, compressed = false }: Framing): void {
  ctx.respond = false;
  ctx.res.statusCode = status;
  ctx.res.setHeader('Content-Type', contentType);
  if (length !== undefined) ctx.res.setHeader('Content-Length', String(length));
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
