/**
 * What a request asks for, found out once.
 * @module
 */
import type { Middleware } from 'koa';
import type { RequestContext, RequestState } from '../define/request-context.ts';
import { parseQuery } from '../wire/query.ts';
import { type RequestInfo, requestInfo as parseRequestInfo } from '../wire/request-info.ts';
import { ApiError, badRequest } from '../wire/status.ts';

/**
 * Sets `ctx.state.query` and `ctx.state.info`.
 * @throws ApiError 400 for a request target that has no path or cannot be decoded
 */
export function requestInfo(): Middleware<RequestState> {
  return (ctx, next) => {
    const path = pathOf(ctx);
    ctx.state.query = parseQuery(ctx.querystring);
    ctx.state.info = infoOf(ctx.method, path, ctx.state.query);
    return next();
  };
}

/**
 * A path that ends with `/watch` or `/proxy` names no resource, and upstream answers 500 before it has asked who wants to know. Here it
 * is a path like others, until somebody is known who may be told what is wrong with it.
 */
function infoOf(method: string, path: string, query: URLSearchParams): RequestInfo {
  try {
    return parseRequestInfo(method, path, query);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 500) throw error;
    return { type: 'nonResource', path: decodeURIComponent(path), verb: method.toLowerCase() };
  }
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
