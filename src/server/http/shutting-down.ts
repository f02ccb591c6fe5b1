/**
 * What is asked of a server that ends (api-semantics 9.6).
 * @module
 */
import type { Middleware } from 'koa';
import { endConnection } from './end-connection.ts';
import type { RequestState } from '../define/request-context.ts';
import { serviceUnavailable } from '../wire/status.ts';

/** Answers 503 once the server drains, on a connection that ends: whoever comes now shall ask another replica. Health still tells. */
export function shuttingDown(isDraining: () => boolean): Middleware<RequestState> {
  return (ctx, next) => {
    const isHealth = /^\/(healthz|livez|readyz)(\/|$)/.test(ctx.path);
    if (!isDraining() || isHealth) return next();
    endConnection(ctx);
    throw serviceUnavailable('apiserver is shutting down', 1);
  };
}
