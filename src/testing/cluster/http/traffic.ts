/**
 * The log of requests to a fake cluster, and the failures that a test injects.
 * @module
 */
import { ApiError, type Status } from '../../../server/wire/status.ts';

/** A request in the log, and the argument of filters. */
export interface LoggedRequest {
  readonly method: string;
  /** The percent-encoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `get`, `list`, `watch`, …; the method in lower case for other paths. */
  readonly verb: string;
  /** The name of the resource: `pods`, `deployments.apps`. Empty for other paths. */
  readonly resource: string;
  /** The name of the user. */
  readonly user: string;
  readonly userAgent: string;
}

/** Returns whether a request is selected. */
export type RequestFilter = (request: LoggedRequest) => boolean;

/** An error that a request gets instead of its normal response. */
export interface InjectedFailure {
  /** The HTTP status code. */
  readonly code: number;
  /** The reason of the Status in the body. Default: the one of the code, or `InternalError`. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** The number of seconds after which the client may retry. The server also sends it in the header `Retry-After`. */
  readonly retryAfter?: number | undefined;
}

/** The maximum number of requests in the log. */
export const REQUEST_LOG_LIMIT = 10_000;

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Returns the Status of an injected failure. */
export function statusOfFailure({ code, reason, message, retryAfter }: InjectedFailure): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message ?? `the test made the fake cluster fail with ${code}`,
    reason: reason ?? REASONS[code],
    ...(retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } }),
    code,
  };
}

interface PlannedFailure {
  readonly filter: RequestFilter;
  readonly failure: InjectedFailure;
  /** The number of requests that will still fail. */
  times: number;
}

/** Logs the requests to a fake cluster and fails those that a test selects. */
export class Traffic {
  readonly #log: LoggedRequest[] = [];
  readonly #failures: PlannedFailure[] = [];

  /** The latest {@link REQUEST_LOG_LIMIT} requests, oldest first. */
  get requests(): readonly LoggedRequest[] {
    return this.#log;
  }

  count(filter: RequestFilter = () => true): number {
    return this.#log.filter(filter).length;
  }

  forget(): void {
    this.#log.length = 0;
  }

  /** Fails the next `times` requests that match the filter. Returns a function that cancels the remaining failures. */
  failNext(filter: RequestFilter, failure: InjectedFailure, times: number): () => void {
    const planned = { filter, failure, times };
    this.#failures.push(planned);
    return () => this.#cancel(planned);
  }

  /**
   * Logs a request.
   * @throws ApiError the injected failure, if one matches the request
   */
  admit(request: LoggedRequest): void {
    this.#log.push(request);
    if (this.#log.length > REQUEST_LOG_LIMIT) this.#log.shift();
    const match = this.#failures.find(({ filter }) => filter(request));
    if (match === undefined) return;
    match.times -= 1;
    if (match.times <= 0) this.#cancel(match);
    const { retryAfter } = match.failure;
    throw new ApiError(
      statusOfFailure(match.failure),
      retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } },
    );
  }

  #cancel(planned: PlannedFailure): void {
    const index = this.#failures.indexOf(planned);
    if (index >= 0) this.#failures.splice(index, 1);
  }
}
