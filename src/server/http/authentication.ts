/**
 * The middleware that authenticates requests. Only health endpoints are open to clients without an identity.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Authenticator } from '../access/authenticator.ts';
import type { RequestState } from '../define/request-context.ts';
import { forbidden, serviceUnavailable, unauthorized } from '../wire/status.ts';
import { endConnection } from './shutting-down.ts';

/** The paths that need no identity (conformance 7.4). The paths below them need one. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** The state of authentication, besides the user of a request. */
export interface AuthenticationState {
  /**
   * Returns the reason why no user can be authenticated yet, or undefined. With a reason, the response is a 503 with `Retry-After`: just
   * after a start, the server cannot verify the requests of the front proxy yet, and clients do not retry after a 401.
   */
  readonly problem: () => string | undefined;
  /**
   * Whether the client certificate of a request's connection was not verified by a CA that is trusted now. The client may have a good one:
   * the connection may be older than the CA. It receives a 503 with `Retry-After`, and the connection ends.
   */
  readonly isOutdated: (request: IncomingMessage) => boolean;
  /** Called for each request whose user is known. */
  readonly onAuthenticated: (request: IncomingMessage) => void;
}

/**
 * Sets `ctx.state.user`, or responds with 401. It refuses impersonation, because the request would run in the name of the impersonator.
 */
export function authentication(
  authenticate: Authenticator,
  { problem, isOutdated, onAuthenticated }: AuthenticationState,
): Middleware<RequestState> {
  return (ctx, next) => {
    ctx.state.user = authenticate(ctx.req);
    if (ctx.state.user !== undefined) onAuthenticated(ctx.req);
    // Not `ctx.path`: koa parses the target for it.
    const [path = ''] = (ctx.req.url ?? '').split('?', 1);
    if (OPEN_PATHS.has(path)) return next();
    if (isOutdated(ctx.req)) {
      endConnection(ctx);
      throw serviceUnavailable('the CA of client certificates has changed since this connection was opened', 1);
    }
    if (ctx.state.user === undefined) {
      // A new HTTP/2 stream is cheap. A client without an identity needs a new connection for each attempt (conformance 7.2).
      if (ctx.req.httpVersionMajor > 1) endConnection(ctx);
      throw problem() === undefined
        ? unauthorized()
        : serviceUnavailable('the server cannot authenticate requests yet, see /readyz', 1);
    }
    const impersonation = Object.keys(ctx.req.headers).find((header) => header.startsWith('impersonate-'));
    if (impersonation !== undefined) {
      throw forbidden(
        { group: '', resource: '' },
        '',
        'this server does not impersonate; send the request through the kube-apiserver',
      );
    }
    return next();
  };
}
