import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { pipeline } from 'node:stream';
import type { Writable } from 'node:stream';

import type { UserInfo } from '../users.ts';
import type { BackendConnection, BackendRequest, BackendResponse } from './backend-connection.ts';
import { proxiedPath, proxiedQuery, proxiedRequestHeaders, proxiedResponseHeaders } from './proxy-request.ts';

/** A request of the cluster's client, by either protocol, and the response to it. */
export type ClientRequest = IncomingMessage | Http2ServerRequest;
export type ClientResponse = ServerResponse | Http2ServerResponse;

/**
 * Asks the backend what the client asks, as `user`, and passes its answer on untouched and as it comes. A client that
 * leaves aborts the backend's stream; a backend that breaks off breaks the client's. Without an answer: 503, plain text.
 * Resolves when the answer has ended, in whichever way; never rejects.
 */
export async function proxy(
  request: ClientRequest,
  response: ClientResponse,
  user: UserInfo,
  backend: BackendConnection,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort(new Error('the client has left')));
  let answer: BackendResponse;
  try {
    answer = await backend.request({
      method: request.method ?? 'GET',
      ...forwarded(request, user, backend.target),
      ...(hasBody(request) ? { body: request } : {}),
      signal: left.signal,
    });
  } catch (error) {
    if (left.signal.aborted) return;
    sendText(response, 503, `error trying to reach service: ${messageOf(error)}\n`);
    return;
  }
  await passOn(answer, request.method ?? 'GET', response);
}

/** Plain text, as the aggregator's own errors are: not a Status. */
export function sendText(response: ClientResponse, status: number, text: string): void {
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

/** Statuses without a body. */
const EMPTY: ReadonlySet<number> = new Set([204, 304]);

const passOn = async (answer: BackendResponse, method: string, response: ClientResponse): Promise<void> => {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(proxiedResponseHeaders(answer.headers)))
    if (value !== undefined) response.setHeader(name, value);
  if (method === 'HEAD' || EMPTY.has(answer.status)) {
    answer.body.resume();
    response.end();
    return;
  }
  // A watch has headers long before it has an event.
  if ('stream' in response) response.writeHead(answer.status);
  else response.flushHeaders();
  // The compatibility response of HTTP/2 is no stream that can be destroyed; what is under it is.
  const sink: Writable = 'stream' in response ? response.stream : response;
  await new Promise<void>((resolve) => pipeline(answer.body, sink, () => resolve()));
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
