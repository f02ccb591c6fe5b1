/**
 * The limits of a request line and its headers. They are checked before anything of the request is parsed, also for clients that are not
 * authenticated, so the check must not look into the values.
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { RequestCounts } from '../metrics/request-counts.ts';
import type { Limits } from '../wire/limits.ts';
import { requestHeaderFieldsTooLarge } from '../wire/status.ts';
import type { Middleware } from './middleware.ts';
import type { ServerState } from './request-state.ts';

/** The headers with a grammar that this server or koa parses. */
export const PARSED_HEADERS = [
  'accept',
  'accept-encoding',
  'authorization',
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
export function requestSize(limits: Limits, counts: RequestCounts = new RequestCounts()): Middleware<ServerState> {
  return (ctx, next) => {
    ctx.state.limits = limits;
    const problem = problemOf(ctx.req, limits);
    if (problem === undefined) return next();
    counts.refuse('size');
    throw requestHeaderFieldsTooLarge(problem);
  };
}

function problemOf({ url = '', rawHeaders, headers }: IncomingMessage, limits: Limits): string | undefined {
  if (url.length > limits.urlBytes) return `the URL is longer than ${limits.urlBytes} bytes`;
  if (rawHeaders.length > 2 * limits.headers) return `the request has more than ${limits.headers} headers`;
  const long = PARSED_HEADERS.find((name) => (headers[name]?.length ?? 0) > limits.parsedHeaderBytes);
  return long === undefined ? undefined : `the header ${long} is longer than ${limits.parsedHeaderBytes} bytes`;
}
