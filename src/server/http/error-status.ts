/**
 * The only place where an error becomes an HTTP response.
 * @module
 */
import type { Context, Middleware } from 'koa';
import { ResponseCutError } from '../errors.ts';
import { httpErrorStatus } from './http-error-status.ts';
import type { Logger } from '../logger.ts';
import type { RequestState } from '../define/request-context.ts';
import { encodeBody } from '../wire/body.ts';
import { contentTypeOf, negotiateError } from '../wire/negotiation.ts';
import { type ApiError, apiErrorOf } from '../wire/status.ts';
import { NO_CACHE } from './response-headers.ts';

/** What a handler has set besides these was meant for another body. */
const KEPT_HEADERS: ReadonlySet<string> = new Set(['audit-id', 'connection']);

/** Answers what is thrown below with a Status. What a client must not see goes to the log, and only there. */
export function errorStatus(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const apiError = httpErrorStatus(error) ?? apiErrorOf(error);
      const isOurs = apiError !== error && apiError.code >= 500;
      if (isOurs || (apiError.code === 500 && apiError.cause !== undefined)) {
        // Not the path: it is parsed when it is read, and may be what failed.
        log.error(`${ctx.method} ${ctx.url} failed`, error);
      }
      // The client must see that the body is not whole.
      if (ctx.res.headersSent) ctx.res.destroy(new ResponseCutError(error));
      else answer(ctx, apiError);
    }
  };
}

function answer(ctx: Context, { code, headers, status }: ApiError): void {
  const { accept, 'user-agent': userAgent } = ctx.req.headers;
  const format = negotiateError({ accept, userAgent, query: (ctx.state as Partial<RequestState>).query });
  for (const name of ctx.res.getHeaderNames()) if (!KEPT_HEADERS.has(name)) ctx.remove(name);
  ctx.respond = true;
  ctx.status = code;
  ctx.set({ ...headers, 'Cache-Control': NO_CACHE, 'Content-Type': contentTypeOf(format) });
  ctx.body = encodeBody(status, format);
}
