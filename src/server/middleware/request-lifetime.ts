/**
 * How long there is somebody to answer.
 * @module
 */
import type { Middleware } from 'koa';
import type { RequestState } from '../request-context.ts';

/** Sets `ctx.state.signal`. Must run while the response cannot have ended yet: nothing may be awaited before. */
export function requestLifetime(): Middleware<RequestState> {
  return (ctx, next) => {
    const controller = new AbortController();
    ctx.state.signal = controller.signal;
    ctx.res.once('close', () => controller.abort());
    return next();
  };
}
