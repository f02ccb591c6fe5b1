/**
 * The limits of a request line and its headers. They are checked before anything of the request is parsed, also for clients that are not
 * authenticated, so the check must not look into the values.
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Middleware } from 'koa';
import type { Limits } from '../wire/limits.ts';
import { requestHeaderFieldsTooLarge } from '../wire/status.ts';
import type { ServerState } from './request-state.ts';

/** The headers with a grammar that this server or koa parses. */
export const PARSED_HEADERS = [
  'accept',
  'accept-encoding',
  'cache-control',
  'content-type',
  'if-none-match',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'user-agent',
] as const satisfies readonly (keyof IncomingHttpHeaders)[];

/**
 * Sets `ctx.state.limits`, and refuses a request line or headers that are too long.
 * @throws ApiError 431, like Go's server
 */
export function requestSize(limits: Limits): Middleware<ServerState> {
  return (ctx, next) => {
    ctx.state.limits = limits;
    const { url = '', rawHeaders, headers } = ctx.req;
    if (url.length > limits.urlBytes) {
      throw requestHeaderFieldsTooLarge(`the URL is longer than ${limits.urlBytes} bytes`);
    }
    if (rawHeaders.length > 2 * limits.headers) {
      throw requestHeaderFieldsTooLarge(`the request has more than ${limits.headers} headers`);
    }
    const long = PARSED_HEADERS.find((name) => (headers[name]?.length ?? 0) > limits.parsedHeaderBytes);
    if (long !== undefined) {
      throw requestHeaderFieldsTooLarge(`the header ${long} is longer than ${limits.parsedHeaderBytes} bytes`);
    }
    return next();
  };
}
