/**
 * The middleware that authorizes requests. It runs before anything of a request is used except its method, path and query.
 * @module
 */
import type { Middleware } from 'koa';
import { LinkedAbort, onAbort, unlessAborted } from '../../abort.ts';
import type { AccessDecision } from '../access/authorizer.ts';
import type { ReviewedDecision, ServerAuthorization } from '../access/server-authorization.ts';
import type { AccessMetrics, AuthorizationResult } from '../metrics/access-metrics.ts';
import { accessDenied } from '../wire/access-denied.ts';
import { serviceUnavailable, unauthorized } from '../wire/status.ts';
import { isLongRunning } from './request-deadline.ts';
import type { ServerState } from './request-state.ts';

/**
 * Sets `ctx.state.decision`, or refuses the request. The decision about a watch, or another long-running request, is reviewed while the
 * request is open: when the user may no longer send it, `ctx.state.signal` is aborted, which ends the response.
 * @throws ApiError 403 if the request is denied, and 503 if the decision is not known
 */
export function authorization(
  server: ServerAuthorization,
  metrics: Pick<AccessMetrics, 'authorized'>,
): Middleware<ServerState> {
  return async (ctx, next) => {
    const { user, info, query, limits, signal } = ctx.state;
    if (server.isOpen(info)) {
      ctx.state.decision = { allowed: true, reason: undefined };
      return next();
    }
    if (user === undefined) throw unauthorized();
    const start = performance.now();
    const record = (result: AuthorizationResult): void =>
      metrics.authorized(result, (performance.now() - start) / 1000);
    let decision: ReviewedDecision;
    try {
      decision = await unlessAborted(server.decide({ user, info, query, limits }), signal);
    } catch (error) {
      if (!signal.aborted) {
        record('error');
        throw error;
      }
      // The client has disconnected while its request was reviewed. Nothing is done for it.
      ctx.respond = false;
      return undefined;
    }
    const { allowed, reason, follow } = decision;
    ctx.state.decision = { allowed, reason };
    record(allowed ? 'allowed' : 'denied');
    if (!allowed) throw accessDenied(user.name, info, reason);
    if (follow === undefined || !isLongRunning(info)) return next();
    const lifetime = new LinkedAbort(signal);
    ctx.state.signal = lifetime.signal;
    let ended: { readonly decision: AccessDecision | undefined } | undefined;
    const unfollow = follow((changed) => {
      ended = { decision: changed };
      lifetime.abort();
    });
    onAbort(signal, unfollow);
    try {
      return await next();
    } catch (error) {
      // The stream had not begun.
      if (ended === undefined) throw error;
      if (ended.decision === undefined)
        throw serviceUnavailable('the server cannot authorize requests at this time', 1);
      throw accessDenied(user.name, info, ended.decision.reason);
    }
  };
}
