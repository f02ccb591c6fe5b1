import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { constants } from 'node:http2';

import { decodeBody, maxBodyBytes } from '../../server/wire/body.ts';
import type { Endpoint, NegotiateOptions, ResponseFormat } from '../../server/wire/negotiation.ts';
import { bodyMediaType, negotiate } from '../../server/wire/negotiation.ts';
import type { RequestInfo } from '../../server/wire/request-info.ts';
import { requestEntityTooLarge } from '../../server/wire/status.ts';
import { decodeProtobuf, PROTOBUF } from './protobuf/protobuf-body.ts';
import type { UserInfo } from './users.ts';

/** What is read of a request: a `http.IncomingMessage` and a `http2.Http2ServerRequest` both are one. */
export interface ApiRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What is done to a response: a `http.ServerResponse` and a `http2.Http2ServerResponse` both are one. */
export interface ApiResponse {
  readonly headersSent: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  /** Of HTTP/1.1 only; HTTP/2 sends headers at once. */
  flushHeaders?(): void;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  end(chunk: Uint8Array): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  /** Of HTTP/2 only. */
  readonly stream?:
    | {
        readonly aborted: boolean;
        readonly destroyed: boolean;
        close(code: number): void;
        once(event: 'aborted', listener: () => void): unknown;
      }
    | undefined;
}

/** Breaks a response off: a reset of the stream on HTTP/2, a closed connection on HTTP/1.1. */
export function cutResponse(response: ApiResponse): void {
  if (response.stream === undefined) response.destroy();
  else response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

/**
 * Calls back when the client has gone or the answer is over, perhaps twice; at once when it has gone already. A reset with the code NO_ERROR that meets a write leaves
 * Node's HTTP/2 stream open for as long as the connection lasts: it is 'aborted', but never 'close'.
 */
export function onGone(response: ApiResponse, listener: () => void): void {
  response.on('close', listener);
  const { stream } = response;
  if (stream?.aborted === true || stream?.destroyed === true) listener();
  else stream?.once('aborted', listener);
}

/** A request, its response, and what is known before it is routed. */
export interface Exchange {
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  readonly user: UserInfo;
}

/** The format of the response. Throws a 406. */
export function formatOf({ request, query }: Exchange, endpoint: Endpoint, options?: NegotiateOptions): ResponseFormat {
  const { accept, 'user-agent': userAgent } = request.headers;
  return negotiate({ accept, userAgent, query }, endpoint, options);
}

/** The bytes of the body. Throws a 413. */
export async function bodyBytes(request: ApiRequest): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBodyBytes) throw requestEntityTooLarge(maxBodyBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const TEXT_TYPES = ['application/json', 'application/yaml'] as const;

/** The value of the body. Throws a 400, 413 or 415. */
export async function bodyValue(exchange: Exchange): Promise<unknown> {
  return valueOf(exchange, await bodyBytes(exchange.request));
}

/** The same, but undefined if there is no body. */
export async function optionalBodyValue(exchange: Exchange): Promise<unknown> {
  const bytes = await bodyBytes(exchange.request);
  return bytes.length === 0 ? undefined : valueOf(exchange, bytes);
}

const valueOf = ({ request }: Exchange, bytes: Buffer): unknown => {
  const contentType = request.headers['content-type'];
  const mediaType = bodyMediaType<(typeof TEXT_TYPES)[number] | typeof PROTOBUF>(contentType, [
    ...TEXT_TYPES,
    PROTOBUF,
  ]);
  return mediaType === PROTOBUF ? decodeProtobuf(bytes) : decodeBody(bytes, mediaType);
};
