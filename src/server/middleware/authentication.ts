/**
 * Nobody without an identity gets further; health alone is open.
 * @module
 */
import type { Middleware } from 'koa';
import type { Authenticator } from '../authentication/authenticator.ts';
import { endConnection } from '../end-connection.ts';
import type { RequestState } from '../request-context.ts';
import { forbidden, unauthorized } from '../wire/status.ts';

/** Exactly these are open to everybody (api-semantics 7.4); what is below them is not. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** Sets `ctx.state.user`, or answers 401. Requests that want to act as somebody else are refused: it would be done as oneself. */
export function authentication(authenticate: Authenticator): Middleware<RequestState> {
  return (ctx, next) => {
    ctx.state.user = authenticate(ctx.req);
    if (OPEN_PATHS.has(ctx.path)) return next();
    if (ctx.state.user === undefined) {
      // Streams are cheap to open: who may not ask gets a connection for each try (api-semantics 7.2).
      if (ctx.req.httpVersionMajor > 1) endConnection(ctx);
      throw unauthorized();
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
