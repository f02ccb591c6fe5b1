/**
 * Runs handlers of users for a request, so that their errors stay with their request.
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { ResponseCutError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { callInDomain } from '../user-domain.ts';
import { requestText } from './request-state.ts';
import { isHttp2Request } from './http2-request.ts';

/**
 * Runs a handler for a request. An error that nothing handles ends the request: it fails with this error, or its connection is cut if the
 * handler has returned.
 * @throws the error of the handler
 */
export async function runHandler(ctx: RequestContext, log: Logger, handler: () => unknown): Promise<void> {
  try {
    await callInDomain(handler, (error) => {
      log.error(`${requestText(ctx)}: code of the handler failed after the handler had returned`, error);
      cut(ctx, error);
    });
  } catch (error) {
    // A handler that has detached its socket gets no response from koa.
    if (ctx.respond === false && ctx.res.socket === null) cut(ctx, error);
    throw error;
  }
}

/** Ends the response, and the connection if it was upgraded or detached. */
function cut({ req, res }: RequestContext, error: unknown): void {
  if (res.writableFinished) return;
  // Without an error, a client of HTTP/2 would take the response as complete.
  res.destroy(new ResponseCutError(error));
  if (!isHttp2Request(req)) req.socket.destroy();
}
