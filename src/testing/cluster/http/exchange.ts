/**
 * One HTTP exchange: the parts of request and response that the handlers use on HTTP/1.1 and HTTP/2 alike, and the
 * reading of bodies.
 * @module
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { constants } from 'node:http2';
import { decodeBody, maxBodyBytes } from '../../../server/wire/body.ts';
import {
  type Endpoint,
  type NegotiateOptions,
  type ResponseFormat,
  bodyMediaType,
  negotiate,
} from '../../../server/wire/negotiation.ts';
import type { RequestInfo } from '../../../server/wire/request-info.ts';
import { requestEntityTooLarge } from '../../../server/wire/status.ts';
import { decodeProtobuf, PROTOBUF } from '../protobuf/protobuf-body.ts';
import type { UserInfo } from '../access/users.ts';

/**
 * The part of a request that the handlers read. `http.IncomingMessage` and `http2.Http2ServerRequest` both satisfy it.
 */
export interface ApiRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The part of a response that the handlers use. `http.ServerResponse` and `http2.Http2ServerResponse` both satisfy it.
 */
export interface ApiResponse {
  readonly headersSent: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  /** Only on HTTP/1.1; HTTP/2 sends headers immediately. */
  flushHeaders?(): void;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  end(chunk: Uint8Array): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  /** Only on HTTP/2. */
  readonly stream?:
    | {
        readonly aborted: boolean;
        readonly destroyed: boolean;
        close(code: number): void;
        once(event: 'aborted', listener: () => void): unknown;
      }
    | undefined;
}

/** Cuts a response: with a reset of the stream on HTTP/2, with a closed connection on HTTP/1.1. */
export function cutResponse(response: ApiResponse): void {
  if (response.stream === undefined) response.destroy();
  else response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

/**
 * Calls the listener when the client has disconnected or the response is complete, and immediately if the client has
 * already disconnected. It may call the listener twice. It also listens to 'aborted', because Node's HTTP/2 stream emits
 * no 'close' before the end of the connection if a reset with the code NO_ERROR meets a write.
 */
export function onGone(response: ApiResponse, listener: () => void): void {
  response.on('close', listener);
  const { stream } = response;
  if (stream?.aborted === true || stream?.destroyed === true) listener();
  else stream?.once('aborted', listener);
}

/** A request with its response, and the facts that are known before routing. */
export interface Exchange {
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly method: string;
  /** The percent-encoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  readonly user: UserInfo;
}

/**
 * Returns the format of the response.
 * @throws ApiError 406 if the client accepts no supported format
 */
export function formatOf({ request, query }: Exchange, endpoint: Endpoint, options?: NegotiateOptions): ResponseFormat {
  const { accept, 'user-agent': userAgent } = request.headers;
  return negotiate({ accept, userAgent, query }, endpoint, options);
}

/**
 * Reads the body.
 * @throws ApiError 413 if the body is too long
 */
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

/**
 * Reads and decodes the body.
 * @throws ApiError 400, 413 or 415
 */
export async function bodyValue(exchange: Exchange): Promise<unknown> {
  return valueOf(exchange, await bodyBytes(exchange.request));
}

/**
 * Reads and decodes the body, or returns undefined if it is empty.
 * @throws ApiError 400, 413 or 415
 */
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
