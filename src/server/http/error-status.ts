/**
 * Errors as HTTP responses. This is the only place where an error becomes a response.
 *
 * An `ApiError` is sent as it is. Errors of the package `http-errors`, which koa and its middlewares throw, become a Status with the same
 * code. Any other error becomes a 500 whose message goes to the log only.
 * @module
 */
import type { Context } from 'koa';
import { catching } from '../../step.ts';
import { ResponseCutError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { encodeBody } from '../wire/body.ts';
import { contentTypeOf, negotiateError, type ResponseFormat } from '../wire/negotiation.ts';
import { ApiError, apiErrorOf } from '../wire/status.ts';
import { isDisconnection } from './disconnection.ts';
import type { Middleware } from './middleware.ts';
import { requestText, type ServerState } from './request-state.ts';

/** The `Cache-Control` of responses: served objects can change at any time. */
export const NO_CACHE = 'no-cache, private';

/** The headers that an error response keeps. The others were set for a different body. */
const KEPT_HEADERS: ReadonlySet<string> = new Set(['audit-id', 'connection']);

/** An error of the package `http-errors`. */
interface HttpError extends Error {
  readonly status: number;
  /** Whether the client may see the message. */
  readonly expose: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The reasons of codes. Other codes have no reason on the wire (NewGenericServerResponse of apimachinery). */
const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [409, 'Conflict'],
  [410, 'Expired'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);

/** Responds with a Status for an error of the middlewares and handlers below. Server errors are logged with their cause. */
export function errorStatus(log: Logger): Middleware {
  return (ctx, next) =>
    catching(next, (error) => {
      // An upload that the client has aborted is not an error of the server, and no client waits for a response.
      if (isDisconnection(error, ctx)) {
        log.debug(`${requestText(ctx)}: the client disconnected`, error);
        return;
      }
      const apiError = httpErrorStatus(error) ?? apiErrorOf(error);
      const isConverted = apiError !== error;
      if (apiError.code >= 500 && (isConverted || apiError.cause !== undefined)) {
        // Other codes than 500 are the trouble of another server: of the cluster or of a store.
        const isOwn = isConverted || apiError.code === 500;
        // Not `ctx.path`: koa parses it when it is read, which may be what failed.
        log[isOwn ? 'error' : 'warn'](`${requestText(ctx)} failed`, isOwn ? error : apiError.cause);
      }
      // After the headers, the response can only be cut, so that the client does not take it as complete.
      if (ctx.res.headersSent) ctx.res.destroy(new ResponseCutError(error));
      else respond(ctx, apiError);
    });
}

/**
 * Returns the Status for an error of `http-errors`, or undefined for any other error. A message that the client must not see stays in
 * `cause`.
 */
export function httpErrorStatus(error: unknown): ApiError | undefined {
  if (!isHttpError(error)) return undefined;
  const { status: code, expose, headers, message } = error;
  const reason = REASONS.get(code);
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: expose ? message : "the request failed, the reason is in the server's log",
      ...(reason === undefined ? {} : { reason }),
      details: {},
      code,
    },
    { cause: error, ...(headers === undefined ? {} : { headers }) },
  );
}

function respond(ctx: Context, { code, headers, status }: ApiError): void {
  const format = formatOf(ctx);
  for (const name of ctx.res.getHeaderNames()) if (!KEPT_HEADERS.has(name)) ctx.remove(name);
  ctx.respond = true;
  ctx.status = code;
  ctx.set({ ...headers, 'Cache-Control': NO_CACHE, 'Content-Type': contentTypeOf(format) });
  ctx.body = encodeBody(status, format);
}

/** The error of a client that is not authenticated and authorized is plain JSON, and no header is parsed for it. */
function formatOf(ctx: Context): ResponseFormat {
  const { query, decision } = ctx.state as Partial<ServerState>;
  if (query === undefined || decision?.allowed !== true)
    return { mediaType: 'application/json', transform: { as: 'none' }, pretty: false };
  const { accept, 'user-agent': userAgent } = ctx.req.headers;
  return negotiateError({ accept, userAgent, query });
}

function isHttpError(error: unknown): error is HttpError {
  if (!(error instanceof Error) || error instanceof ApiError) return false;
  const { status, expose } = error as Partial<HttpError>;
  return (
    typeof expose === 'boolean' &&
    typeof status === 'number' &&
    Number.isInteger(status) &&
    status >= 400 &&
    status < 600
  );
}
