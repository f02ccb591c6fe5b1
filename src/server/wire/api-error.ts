/**
 * The wire form of errors (api-semantics, "Status object"). The functions of `status.ts` make the errors.
 * @module
 */
import type { ListMeta } from './object.ts';

/** One of the reasons for a failure. On the wire, the type of a cause has the key `reason`. */
export interface StatusCause {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly field?: string | undefined;
}

/** The field `kind` contains the plural name of the resource in 403, 404, 405 and 409 errors, and the kind in 422 errors. */
export interface StatusDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly StatusCause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** The body of every API error and of a completed delete. `code` is also the HTTP status. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: ListMeta;
  readonly status: 'Success' | 'Failure';
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly details?: StatusDetails | undefined;
  readonly code?: number | undefined;
}

export interface ApiErrorOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** An error with a wire form. The client sees everything in `status` and never sees `cause`. */
export class ApiError extends Error {
  readonly status: Status;
  /** The HTTP status. */
  readonly code: number;
  /** Headers for the response: `Retry-After`, `Allow`, `X-Content-Type-Options`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, options: ApiErrorOptions = {}) {
    super(status.message ?? '', 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ApiError';
    this.status = status;
    this.code = status.code ?? 500;
    this.headers = options.headers ?? {};
  }
}
