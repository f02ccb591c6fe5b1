/**
 * The protocol of a request.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/**
 * Returns whether a request came over HTTP/2. The version that a request names shows nothing: over HTTP/1.1, a client can send `GET /`
 * without a version, and `GET / HTTP/2.0`.
 */
export function isHttp2Request(request: IncomingMessage | Http2ServerRequest): request is Http2ServerRequest {
  return 'stream' in request;
}
