import type { ListMeta } from './object.ts';

// The wire form of errors (api-semantics, "Status object"). The errors there are, one function each, are in status.ts.

/** One of several reasons of a failure. The type of a cause travels under the key `reason`. */
export interface StatusCause {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly field?: string | undefined;
}

/** `kind` holds the plural resource name in not-found, exists, conflict, forbidden and 405 errors, and the kind in 422 ones. */
export interface StatusDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly StatusCause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** The body of every API error, and of a finished delete. `code` is also the HTTP status. */
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

/** An error that has a wire form. Everything in `status` is shown to the client; `cause` never is. */
export class ApiError extends Error {
  readonly status: Status;
  /** The HTTP status. */
  readonly code: number;
  /** Headers that go with the response: `Retry-After`, `Allow`, `X-Content-Type-Options`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, options: ApiErrorOptions = {}) {
    super(status.message ?? '', 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ApiError';
    this.status = status;
    this.code = status.code ?? 500;
    this.headers = options.headers ?? {};
  }
}
