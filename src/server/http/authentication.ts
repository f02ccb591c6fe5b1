/**
 * Nobody without an identity gets further; health alone is open.
 * @module
 */
import type { Middleware } from 'koa';
import type { Authenticator } from '../access/authenticator.ts';
import { endConnection } from './end-connection.ts';
import type { RequestState } from '../define/request-context.ts';
import { forbidden, serviceUnavailable, unauthorized } from '../wire/status.ts';

/** Exactly these are open to everybody (api-semantics 7.4); what is below them is not. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/**
 * Sets `ctx.state.user`, or answers 401. Requests that want to act as somebody else are refused: it would be done as oneself.
 * @param problem why nobody can be known yet; undefined while all is well. Then the answer is a 503 to come back after: clients give up at
 * a 401, and just after a start the front proxy's requests are good, only not known to be
 */
export function authentication(
  authenticate: Authenticator,
  problem: () => string | undefined,
): Middleware<RequestState> {
  return (ctx, next) => {
    ctx.state.user = authenticate(ctx.req);
    if (OPEN_PATHS.has(ctx.path)) return next();
    if (ctx.state.user === undefined) {
      // Streams are cheap to open: who may not ask gets a connection for each try (api-semantics 7.2).
      if (ctx.req.httpVersionMajor > 1) endConnection(ctx);
      throw problem() === undefined
        ? unauthorized()
        : serviceUnavailable('the server does not know yet whom to trust, see /readyz', 1);
    }
    const impersonation = Object.keys(ctx.req.headers).find((header) => header.startsWith('impersonate-'));
    if (impersonation !== undefined) {
      throw forbidden(
        { group: '', resource: '' },
        '',
        'this server does not impersonate; ask by way of the kube-apiserver',
      );
    }
    return next();
  };
}
