/**
 * What a request asks for, found out once.
 * @module
 */
import type { Middleware } from 'koa';
import type { RequestContext, RequestState } from '../request-context.ts';
import { requestInfo as parseRequestInfo } from '../wire/request-info.ts';
import { badRequest } from '../wire/status.ts';

/**
 * Sets `ctx.state.query` and `ctx.state.info`.
 * @throws ApiError 400 for a request target that has no path or cannot be decoded
 */
export function requestInfo(): Middleware<RequestState> {
  return (ctx, next) => {
    const path = pathOf(ctx);
    ctx.state.query = new URLSearchParams(ctx.querystring);
    ctx.state.info = parseRequestInfo(ctx.method, path, ctx.state.query);
    return next();
  };
}

/** The target of a request may be a URL with a host, and then anything that is none. */
function pathOf(ctx: RequestContext): string {
  try {
    const path: string | null = ctx.path;
    if (path?.startsWith('/')) return path;
  } catch (error) {
    throw badRequest('the target of the request is no URL', { cause: error });
  }
  throw badRequest('the target of the request has no path');
}
