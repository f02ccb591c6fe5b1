/**
 * Headers of every response (api-semantics 3.5 and 9.7).
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

/** What is served changes any time. */
export const NO_CACHE = 'no-cache, private';

/** `Audit-Id` (the request's own, else a new one) and `Cache-Control`. */
export function responseHeaders(): Middleware {
  return (ctx, next) => {
    const audit = ctx.get('Audit-Id');
    ctx.set('Audit-Id', audit === '' ? randomUUID() : audit);
    ctx.set('Cache-Control', NO_CACHE);
    return next();
  };
}
