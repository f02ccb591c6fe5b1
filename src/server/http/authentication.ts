/**
 * The middleware that authenticates requests. Only health endpoints are open to clients without an identity.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Authentication, Authenticator } from '../access/authenticator.ts';
import { TooManyReviewsError } from '../access/review-cache.ts';
import { ANONYMOUS_USER } from '../access/users.ts';
import type { RequestContext } from '../define/request-context.ts';
import type { Logger } from '../logger.ts';
import type { AccessMetrics, AuthenticationResult } from '../metrics/access-metrics.ts';
import { forbidden, serviceUnavailable, tooManyRequests, unauthorized } from '../wire/status.ts';
import { requestText, type ServerState } from './request-state.ts';
import { endConnection } from './shutting-down.ts';
import { isHttp2Request } from './http2-request.ts';
import type { Middleware } from './middleware.ts';

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
export function authentication(authenticate: Authenticator, state: AuthenticationState): Middleware {
  return (ctx, next) => {
    // Not `ctx.path`: koa parses the target for it.
    if (isOpenPath(ctx.req.url)) return next();
    refuseOutdated(ctx, state);
    const start = performance.now();
    const record = (result: AuthenticationResult): void =>
      state.metrics.authenticated(result, (performance.now() - start) / 1000);
    const known = (result: Authentication): unknown => {
      // The client may have disconnected while its token was reviewed. Nothing is done for it.
      if ((ctx.state as ServerState).isOver) {
        ctx.respond = false;
        return undefined;
      }
      setUser(ctx, result, { state, record });
      record('success');
      refuseImpersonation(ctx);
      return next();
    };
    const failed = (error: unknown): never => {
      record('error');
      throw error instanceof TooManyReviewsError
        ? tooManyRequests('Too many requests, please try again later.', 1)
        : error;
    };
    let result: Authentication | Promise<Authentication>;
    try {
      result = authenticate(ctx.req);
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? result.then(known, failed) : known(result);
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

/**
 * Sets `ctx.state.user`.
 * @throws ApiError 401 or 503, which it records
 */
function setUser(
  ctx: RequestContext,
  result: Authentication,
  { state, record }: { readonly state: AuthenticationState; readonly record: (result: AuthenticationResult) => void },
): void {
  let outcome: AuthenticationResult = 'error';
  try {
    // The CAs may have changed while the token was reviewed.
    refuseOutdated(ctx, state);
    if (result.type === 'user') {
      ctx.state.user = result.user;
      state.onAuthenticated(ctx.req);
      return;
    }
    // A new HTTP/2 stream is cheap. A client without an identity needs a new connection for each attempt (conformance 7.2).
    if (isHttp2Request(ctx.req)) endConnection(ctx);
    outcome = state.problem() === undefined ? 'failure' : 'error';
    ctx.state.user = anonymousOf(ctx, result, state);
  } catch (error) {
    record(outcome);
    throw error;
  }
}

function isOpenPath(url = ''): boolean {
  const end = url.indexOf('?');
  return OPEN_PATHS.has(end === -1 ? url : url.slice(0, end));
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
  for (const header in req.headers) {
    if (!header.startsWith('impersonate-')) continue;
    throw forbidden(
      { group: '', resource: '' },
      '',
      'this server does not impersonate; send the request through the kube-apiserver',
    );
  }
}
