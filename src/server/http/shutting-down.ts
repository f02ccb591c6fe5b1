/**
 * Responses of a server that shuts down (conformance 9.6), and connections that end after a response.
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { RequestCounts } from '../metrics/request-counts.ts';
import { serviceUnavailable } from '../wire/status.ts';
import { isHttp2Request } from './http2-request.ts';
import type { Middleware } from './middleware.ts';

/**
 * Responds with 503 while the server drains, and asks the client to close its connection, so that the next request reaches another replica.
 * Health endpoints still work.
 */
export function shuttingDown(isDraining: () => boolean, counts: RequestCounts = new RequestCounts()): Middleware {
  return (ctx, next) => {
    if (!isDraining() || /^\/(healthz|livez|readyz)(\/|\?|$)/.test(ctx.req.url ?? '')) return next();
    counts.refuse('shutdown');
    endConnection(ctx);
    throw serviceUnavailable('apiserver is shutting down', 1);
  };
}

/**
 * Asks the client to open a new connection after this response, by `Connection: close` or GOAWAY. Other requests on the connection are
 * completed.
 */
export function endConnection({ req, res }: Pick<RequestContext, 'req' | 'res'>): void {
  if (!isHttp2Request(req)) {
    res.setHeader('Connection', 'close');
    return;
  }
  const { session } = req.stream;
  res.once('close', () => session?.close());
}
