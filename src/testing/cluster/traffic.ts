import { ApiError } from '../../server/wire/status.ts';
import type { Status } from '../../server/wire/status.ts';

/** A request as it is logged and matched. */
export interface LoggedRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `get`, `list`, `watch`, …; the method in lower case for other paths. */
  readonly verb: string;
  /** `pods`, `deployments.apps`; empty for other paths. */
  readonly resource: string;
  /** The user's name. */
  readonly user: string;
  readonly userAgent: string;
}

export type RequestFilter = (request: LoggedRequest) => boolean;

/** What a request is answered with instead of its own answer. */
export interface Failure {
  /** HTTP status. */
  readonly code: number;
  /** Of the Status in the body. Default `InternalError`, or what goes with the code. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** Seconds, also sent as the header `Retry-After`. */
  readonly retryAfter?: number | undefined;
}

/** How many requests are remembered one by one; all are counted. */
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

/** The Status of a failure that was asked for. */
export function statusOfFailure({ code, reason, message, retryAfter }: Failure): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message ?? `the fake cluster was told to fail with ${code}`,
    reason: reason ?? REASONS[code],
    ...(retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } }),
    code,
  };
}

interface PlannedFailure {
  readonly filter: RequestFilter;
  readonly failure: Failure;
  /** So many requests are yet to fail. */
  times: number;
}

/** What has been asked of a fake cluster, and which requests are to fail. */
export class Traffic {
  readonly #log: LoggedRequest[] = [];
  readonly #failures: PlannedFailure[] = [];

  /** The last {@link REQUEST_LOG_LIMIT} requests, oldest first. */
  get requests(): readonly LoggedRequest[] {
    return this.#log;
  }

  count(filter: RequestFilter = () => true): number {
    return this.#log.filter(filter).length;
  }

  forget(): void {
    this.#log.length = 0;
  }

  /** @returns takes it back, if it is not over */
  failNext(filter: RequestFilter, failure: Failure, times: number): () => void {
    const planned = { filter, failure, times };
    this.#failures.push(planned);
    return () => this.#forget(planned);
  }

  /** Remembers a request. Throws the error it is to be answered with, if it is to fail. */
  admit(request: LoggedRequest): void {
    this.#log.push(request);
    if (this.#log.length > REQUEST_LOG_LIMIT) this.#log.shift();
    const match = this.#failures.find(({ filter }) => filter(request));
    if (match === undefined) return;
    match.times -= 1;
    if (match.times <= 0) this.#forget(match);
    const { retryAfter } = match.failure;
    throw new ApiError(
      statusOfFailure(match.failure),
      retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } },
    );
  }

  #forget(planned: PlannedFailure): void {
    const index = this.#failures.indexOf(planned);
    if (index >= 0) this.#failures.splice(index, 1);
  }
}
