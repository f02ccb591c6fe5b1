/**
 * The middleware that authenticates requests. Only health endpoints are open to clients without an identity.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Authentication, Authenticator } from '../access/authenticator.ts';
import { TooManyReviewsError } from '../access/review-cache.ts';
import { ANONYMOUS_USER } from '../access/users.ts';
import type { RequestContext, RequestState } from '../define/request-context.ts';
import type { Logger } from '../logger.ts';
import type { AccessMetrics, AuthenticationResult } from '../metrics/access-metrics.ts';
import { forbidden, serviceUnavailable, tooManyRequests, unauthorized } from '../wire/status.ts';
import { requestText, type ServerState } from './request-state.ts';
import { endConnection } from './shutting-down.ts';
import { isHttp2Request } from './http2-request.ts';

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
  /** Called for each request whose user is known, unless it is anonymous. */
  readonly onAuthenticated: (request: IncomingMessage) => void;
  /** Whether a request without a credential is that of `system:anonymous`. Otherwise it receives a 401. */
  readonly allowsAnonymous: boolean;
  readonly log: Logger;
  readonly metrics: Pick<AccessMetrics, 'authenticated'>;
}

/**
 * Sets `ctx.state.user`, or responds with 401. It refuses impersonation, because the request would run in the name of the impersonator.
 * Health endpoints are open, and wait for nothing.
 */
export function authentication(authenticate: Authenticator, state: AuthenticationState): Middleware<RequestState> {
  return async (ctx, next) => {
    // Not `ctx.path`: koa parses the target for it.
    const [path = ''] = (ctx.req.url ?? '').split('?', 1);
    if (OPEN_PATHS.has(path)) return next();
    refuseOutdated(ctx, state);
    const start = performance.now();
    let outcome: AuthenticationResult | undefined = 'error';
    try {
      const result = await authenticationOf(ctx.req, authenticate);
      // The client may have disconnected while its token was reviewed. Nothing is done for it.
      if (ctx.state.signal.aborted) {
        outcome = undefined;
        ctx.respond = false;
        return undefined;
      }
      // The CAs may have changed while the token was reviewed.
      refuseOutdated(ctx, state);
      if (result.type === 'user') {
        ctx.state.user = result.user;
        state.onAuthenticated(ctx.req);
      } else {
        // A new HTTP/2 stream is cheap. A client without an identity needs a new connection for each attempt (conformance 7.2).
        if (isHttp2Request(ctx.req)) endConnection(ctx);
        outcome = state.problem() === undefined ? 'failure' : 'error';
        ctx.state.user = anonymousOf(ctx, result, state);
      }
      outcome = 'success';
    } finally {
      if (outcome !== undefined) state.metrics.authenticated(outcome, (performance.now() - start) / 1000);
    }
    refuseImpersonation(ctx);
    return next();
  };
}

/**
 * Refuses a request again after it was authorized: the CAs may have changed while the cluster reviewed the access.
 */
export function currentConnection(state: Pick<AuthenticationState, 'isOutdated'>): Middleware<ServerState> {
  return (ctx, next) => {
    if (ctx.state.user !== undefined) refuseOutdated(ctx, state);
    return next();
  };
}

/** @throws ApiError 503 if no current CA has verified the certificate of the connection */
function refuseOutdated(ctx: RequestContext, { isOutdated }: Pick<AuthenticationState, 'isOutdated'>): void {
  if (!isOutdated(ctx.req)) return;
  endConnection(ctx);
  throw serviceUnavailable('the CA of client certificates has changed since this connection was opened', 1);
}

/** @throws ApiError 429 */
async function authenticationOf(request: IncomingMessage, authenticate: Authenticator): Promise<Authentication> {
  try {
    return await authenticate(request);
  } catch (error) {
    if (!(error instanceof TooManyReviewsError)) throw error;
    throw tooManyRequests('Too many requests, please try again later.', 1);
  }
}

/** @throws ApiError 401, or 503 while no user can be authenticated */
function anonymousOf(
  ctx: RequestContext,
  result: Exclude<Authentication, { readonly type: 'user' }>,
  { problem, allowsAnonymous, log }: AuthenticationState,
): typeof ANONYMOUS_USER {
  if (problem() !== undefined) {
    throw serviceUnavailable('the server cannot authenticate requests yet, see /readyz', 1);
  }
  if (result.type === 'none' && allowsAnonymous) return ANONYMOUS_USER;
  if (result.type === 'refused') log.debug(`${requestText(ctx)} was not authenticated: ${result.reason}`);
  throw unauthorized();
}

/** @throws ApiError 403 */
function refuseImpersonation({ req }: RequestContext): void {
  if (!Object.keys(req.headers).some((header) => header.startsWith('impersonate-'))) return;
  throw forbidden(
    { group: '', resource: '' },
    '',
    'this server does not impersonate; send the request through the kube-apiserver',
  );
}
