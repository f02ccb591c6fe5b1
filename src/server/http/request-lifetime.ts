/**
 * How long there is somebody to answer.
 * @module
 */
import type { Middleware } from 'koa';
import type { RequestState } from '../define/request-context.ts';

/** Sets `ctx.state.signal`. Must run while the response cannot have ended yet: nothing may be awaited before. */
export function requestLifetime(): Middleware<RequestState> {
  return (ctx, next) => {
    const controller = new AbortController();
    ctx.state.signal = controller.signal;
    ctx.res.once('close', () => controller.abort());
    // A client that resets its HTTP/2 stream with NO_ERROR while it is written to closes nothing (Node 24): only the request is told.
    ctx.req.once('aborted', () => controller.abort());
    return next();
  };
}
