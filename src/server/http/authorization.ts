/**
 * The middleware that authorizes requests. It runs before anything of a request is used except its method, path and query.
 * @module
 */
import { LinkedAbort, onAbort, unlessAborted } from '../../abort.ts';
import type { ReviewedDecision, ServerAuthorization } from '../access/server-authorization.ts';
import { authorizeSources } from '../access/source-authorization.ts';
import type { RequestContext } from '../define/request-context.ts';
import type { SourceAccess } from '../define/source-access.ts';
import type { AccessMetrics, AuthorizationResult } from '../metrics/access-metrics.ts';
import { type Access, accessDenied } from '../wire/access-denied.ts';
import type { RequestInfo } from '../wire/request-info.ts';
import { ApiError, serviceUnavailable, unauthorized } from '../wire/status.ts';
import type { Middleware, Next } from './middleware.ts';
import { isLongRunning } from './request-deadline.ts';
import type { ServerState } from './request-state.ts';

/** Returns the rights to sources that a resource requires; undefined if it requires none. */
export type SourceAccessOf = (info: RequestInfo) => SourceAccess | undefined;

/** A decision, and the action that it is about. */
interface Followed {
  readonly access: Access;
  readonly decision: ReviewedDecision;
}

/**
 * Sets `ctx.state.decision`, or refuses the request. The decisions about a watch, or another long-running request, are reviewed while the
 * request is open: when the user may no longer send it, `ctx.state.signal` is aborted, which ends the response.
 * @throws ApiError 403 if the request is denied, and 503 if a decision is not known
 */
export function authorization(
  server: ServerAuthorization,
  metrics: Pick<AccessMetrics, 'authorized'>,
  accessOf: SourceAccessOf,
): Middleware<ServerState> {
  return (ctx, next) => {
    const { state } = ctx;
    const { user, info, query, limits } = state;
    if (server.isOpen(info)) {
      state.decision = { allowed: true, reason: undefined };
      return next();
    }
    if (user === undefined) throw unauthorized();
    const start = performance.now();
    const record = (result: AuthorizationResult): void =>
      metrics.authorized(result, (performance.now() - start) / 1000);
    const refuse = (error: unknown): never => {
      record(isDenial(error) ? 'denied' : 'error');
      throw error;
    };
    const requireAllowed = (decision: ReviewedDecision): void => {
      state.decision = { allowed: decision.allowed, reason: decision.reason };
      if (!decision.allowed) throw accessDenied(user.name, info, decision.reason);
    };
    const decideAll = async (first: ReviewedDecision | Promise<ReviewedDecision>): Promise<Followed[]> => {
      const decision = await first;
      requireAllowed(decision);
      const access = accessOf(info);
      if (info.type !== 'resource' || access === undefined) return [{ access: info, decision }];
      try {
        return [{ access: info, decision }, ...(await authorizeSources(server, { user, info, access, limits }))];
      } catch (error) {
        state.decision = isDenial(error) ? { allowed: false } : undefined;
        throw error;
      }
    };
    const proceed = (decided: readonly Followed[]): unknown => {
      record('allowed');
      return isLongRunning(info) ? followed(ctx, decided, next) : next();
    };
    let decision: ReviewedDecision | Promise<ReviewedDecision>;
    try {
      decision = server.decide({ user, info, query, limits });
      if (!(decision instanceof Promise)) requireAllowed(decision);
    } catch (error) {
      return refuse(error);
    }
    if (decision instanceof Promise || accessOf(info) !== undefined) {
      return unlessAborted(decideAll(decision), state.signal).then(proceed, (error: unknown) => {
        if (!state.isOver) return refuse(error);
        // The client has disconnected while its request was reviewed. Nothing is done for it.
        ctx.respond = false;
        return undefined;
      });
    }
    // The decision was kept, so nothing waits.
    return proceed([{ access: info, decision }]);
  };
}

/** Serves a long-running request until one of its decisions changes. */
async function followed(ctx: RequestContext, decided: readonly Followed[], next: Next): Promise<unknown> {
  const { signal, user } = ctx.state;
  const lifetime = new LinkedAbort(signal);
  let refusal: ApiError | undefined;
  for (const { access, decision } of decided) {
    const unfollow = decision.follow?.((changed) => {
      refusal ??=
        changed === undefined
          ? serviceUnavailable('the server cannot authorize requests at this time', 1)
          : accessDenied(user?.name ?? '', access, changed.reason);
      lifetime.abort();
    });
    if (unfollow !== undefined) onAbort(signal, unfollow);
  }
  ctx.state.signal = lifetime.signal;
  try {
    return await next();
  } catch (error) {
    // The stream had not begun.
    throw refusal ?? error;
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof ApiError && error.code === 403;
}
