/**
 * Sends complete responses: values in the negotiated format, texts, bytes and errors.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from '../../../server/wire/accept.ts';
import { encodeBody } from '../../../server/wire/body.ts';
import { contentTypeOf, type ResponseFormat } from '../../../server/wire/negotiation.ts';
import { apiErrorOf } from '../../../server/wire/status.ts';
import { cutResponse, type Exchange } from './exchange.ts';

const compress = promisify(gzip);

/** The length in bytes from which bodies are compressed, if the client accepts gzip (conformance 3.5). */
const COMPRESSED_FROM = 131_072;

/** Returns the headers of every response of an API server. */
export function commonHeaders({ request }: Pick<Exchange, 'request'>): OutgoingHttpHeaders {
  const auditId = request.headers['audit-id'];
  return {
    'Audit-Id': typeof auditId === 'string' && auditId !== '' ? auditId : randomUUID(),
    'Cache-Control': 'no-cache, private',
  };
}

/** Sends bytes. */
export async function sendBytes(
  exchange: Exchange,
  code: number,
  headers: OutgoingHttpHeaders,
  body: Buffer,
): Promise<void> {
  const { response } = exchange;
  const isCompressed = body.length > COMPRESSED_FROM && acceptsGzip(exchange.request.headers['accept-encoding']);
  const bytes = isCompressed ? await compress(body, { level: 1 }) : body;
  response.writeHead(code, {
    ...commonHeaders(exchange),
    ...(isCompressed ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}),
    'Content-Length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/** Sends a value in the negotiated format. */
export function sendValue(exchange: Exchange, code: number, value: unknown, format: ResponseFormat): Promise<void> {
  return sendBytes(exchange, code, { 'Content-Type': contentTypeOf(format) }, Buffer.from(encodeBody(value, format)));
}

/** Sends a plain text, as for health checks and unknown paths. */
export function sendText(exchange: Exchange, code: number, text: string): Promise<void> {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  return sendBytes(exchange, code, headers, Buffer.from(text));
}

const ERROR_FORMAT: ResponseFormat = { mediaType: 'application/json', transform: { as: 'none' }, pretty: false };

/** Sends the Status of an error. If the response has already begun, the response is cut. */
export async function sendError(exchange: Exchange, error: unknown): Promise<void> {
  const { response } = exchange;
  if (response.headersSent) {
    cutResponse(response);
    return;
  }
  const { code, headers, status } = apiErrorOf(error);
  const body = Buffer.from(encodeBody(status, ERROR_FORMAT));
  await sendBytes(exchange, code, { ...headers, 'Content-Type': 'application/json' }, body);
}
