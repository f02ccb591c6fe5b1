/**
 * What koa's handlers throw, as a Status: `ctx.throw(404, 'no such shop')` and the errors of koa's middlewares are `http-errors`.
 * @module
 */
import { ApiError } from '../wire/status.ts';

/** What `http-errors` have. */
interface HttpError extends Error {
  readonly status: number;
  /** Whether the client may see the message. */
  readonly expose: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The reasons of the codes; a code without one has none on the wire either (apimachinery's NewGenericServerResponse). */
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

/** The Status of an error of `http-errors`; undefined for any other. A message that is not to be exposed stays in `cause`. */
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
