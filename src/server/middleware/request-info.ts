/**
 * What a request asks for, found out once.
 * @module
 */
import type { Middleware } from 'koa';
import type { RequestState } from '../request-context.ts';
import { requestInfo as parseRequestInfo } from '../wire/request-info.ts';

/** Sets `ctx.state.query` and `ctx.state.info`. */
export function requestInfo(): Middleware<RequestState> {
  return (ctx, next) => {
    ctx.state.query = new URLSearchParams(ctx.querystring);
    ctx.state.info = parseRequestInfo(ctx.method, ctx.path, ctx.state.query);
    return next();
  };
}
