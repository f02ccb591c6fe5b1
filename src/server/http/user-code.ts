/**
 * Runs handlers of users, so that their errors stay with their request.
 *
 * An error that a handler throws is reported by its promise. Other errors are reported by nothing: a socket or a stream of the handler
 * that emits `error` without a listener, a timer, a promise that nothing awaits. Node would end the process. A domain of Node receives them,
 * whatever the handler has created.
 * @module
 */
import type { Domain } from 'node:domain';
import type { Context } from 'koa';
import { ResponseCutError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** Loaded with the first handler only, because domains slow down all promises of the process a little. */
function newDomain(): Domain {
  return process.getBuiltinModule('node:domain').create();
}

/**
 * Runs a handler for a request. An error that nothing handles ends the request: it fails with this error, or its connection is cut if the
 * handler has returned.
 * @throws the error of the handler
 */
export async function runHandler(ctx: Context, log: Logger, handler: () => unknown): Promise<void> {
  const domain = newDomain();
  const failed = Promise.withResolvers<never>();
  // The race may be over.
  failed.promise.catch(() => undefined);
  let hasReturned = false;
  domain.on('error', (error: unknown) => {
    if (!hasReturned) {
      failed.reject(error);
      return;
    }
    log.error(`${ctx.method} ${ctx.url}: code of the handler failed after the handler had returned`, error);
    cut(ctx, error);
  });
  // An error that `run` throws would leave the domain active.
  const result = domain.run(() => invoke(handler));
  try {
    await Promise.race([result, failed.promise]);
  } catch (error) {
    // A handler that has detached its socket gets no response from koa.
    if (ctx.respond === false && ctx.res.socket === null) cut(ctx, error);
    throw error;
  } finally {
    hasReturned = true;
  }
}

async function invoke(handler: () => unknown): Promise<void> {
  await handler();
}

/** Ends the response, and the connection if it was upgraded or detached. */
function cut({ req, res }: Context, error: unknown): void {
  if (res.writableFinished) return;
  // Without an error, a client of HTTP/2 would take the response as complete.
  res.destroy(new ResponseCutError(error));
  if (req.httpVersionMajor === 1) req.socket.destroy();
}
