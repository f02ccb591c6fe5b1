/**
 * Forwards requests to a backend, and its responses to the client. Both sides may use HTTP/1.1 or HTTP/2.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { pipeline, type Writable } from 'node:stream';
import type { UserInfo } from '../access/users.ts';
import type { BackendConnection, BackendRequest, BackendResponse } from './backend-connection.ts';
import { proxiedPath, proxiedQuery, proxiedRequestHeaders, proxiedResponseHeaders } from './proxy-request.ts';
import { errorMessage } from '../../../error-message.ts';

/** A request of a client on either protocol, and the response to it. */
export type ClientRequest = IncomingMessage | Http2ServerRequest;
export type ClientResponse = ServerResponse | Http2ServerResponse;

/**
 * Sends the client's request to the backend as `user`, and forwards the response unchanged and without buffering. If
 * the client disconnects, the backend's stream is aborted. If the backend aborts, the client's stream is aborted. If
 * there is no response, the client gets a 503 with plain text. Resolves when the response has ended in any way; never
 * rejects.
 */
export async function proxy(
  request: ClientRequest,
  response: ClientResponse,
  user: UserInfo,
  backend: BackendConnection,
): Promise<void> {
  const disconnected = new AbortController();
  response.once('close', () => disconnected.abort(new Error('the client has disconnected')));
  let upstream: BackendResponse;
  try {
    upstream = await backend.request({
      method: request.method ?? 'GET',
      ...forwarded(request, user, backend.target),
      ...(hasBody(request) ? { body: request } : {}),
      signal: disconnected.signal,
    });
  } catch (error) {
    if (disconnected.signal.aborted) return;
    sendProxyText(response, 503, `error trying to reach service: ${errorMessage(error)}\n`);
    return;
  }
  await forwardResponse(upstream, request.method ?? 'GET', response);
}

/** Sends plain text. The aggregator's own errors have this form instead of a Status. */
export function sendProxyText(response: ClientResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('cache-control', 'no-cache, private');
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('x-content-type-options', 'nosniff');
  response.end(text);
}

const forwarded = (
  request: ClientRequest,
  user: UserInfo,
  { host, port }: BackendConnection['target'],
): Pick<BackendRequest, 'path' | 'headers'> => {
  const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const { headers, socket } = request;
  const via = { headers, path, backend: `${host}:${port}`, clientAddress: socket.remoteAddress };
  return {
    path: `${proxiedPath(path)}${proxiedQuery(new URLSearchParams(search))}`,
    headers: proxiedRequestHeaders(via, user),
  };
};

const hasBody = (request: ClientRequest): boolean => {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
};

/** The statuses without a body. */
const EMPTY: ReadonlySet<number> = new Set([204, 304]);

const forwardResponse = async (upstream: BackendResponse, method: string, response: ClientResponse): Promise<void> => {
  response.statusCode = upstream.status;
  for (const [name, value] of Object.entries(proxiedResponseHeaders(upstream.headers)))
    if (value !== undefined) response.setHeader(name, value);
  if (method === 'HEAD' || EMPTY.has(upstream.status)) {
    upstream.body.resume();
    response.end();
    return;
  }
  // The headers are sent immediately, because a watch may have no event for a long time.
  if ('stream' in response) response.writeHead(upstream.status);
  else response.flushHeaders();
  // The HTTP/2 compatibility response cannot be destroyed, but the stream below it can.
  const sink: Writable = 'stream' in response ? response.stream : response;
  await new Promise<void>((resolve) => pipeline(upstream.body, sink, () => resolve()));
};
