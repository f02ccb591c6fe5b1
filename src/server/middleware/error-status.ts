/**
 * The only place where an error becomes an HTTP response.
 * @module
 */
import type { Middleware } from 'koa';
import type { Logger } from '../logger.ts';
import { apiErrorOf } from '../wire/status.ts';

/** Answers what is thrown below with a Status. What a client must not see goes to the log, and only there. */
export function errorStatus(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const apiError = apiErrorOf(error);
      if (apiError !== error || apiError.code === 500) log.error(`${ctx.method} ${ctx.path} failed`, error);
      if (ctx.res.headersSent) {
        ctx.res.destroy();
        return;
      }
      ctx.respond = true;
      ctx.status = apiError.code;
      ctx.set(apiError.headers);
      ctx.type = 'application/json';
      ctx.remove('Content-Encoding');
      ctx.body = `${JSON.stringify(apiError.status)}\n`;
    }
  };
}
