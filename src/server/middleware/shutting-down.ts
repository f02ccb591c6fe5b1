/**
 * What is asked of a server that ends (api-semantics 9.6).
 * @module
 */
import type { Middleware } from 'koa';
import type { RequestState } from '../request-context.ts';
import { serviceUnavailable } from '../wire/status.ts';

/** Answers 503 once the server ends: whoever comes now shall ask another replica. Health still tells. */
export function shuttingDown(isClosing: () => boolean): Middleware<RequestState> {
  return (ctx, next) => {
    const isHealth = /^\/(healthz|livez|readyz)(\/|$)/.test(ctx.path);
    if (isClosing() && !isHealth) throw serviceUnavailable('apiserver is shutting down', 1);
    return next();
  };
}
