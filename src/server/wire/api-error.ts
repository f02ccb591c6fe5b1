/**
 * The wire form of errors: the Status object (meta/v1). The functions of `status.ts` make the errors.
 * @module
 */
import type { ListMeta } from './object.ts';

/** One cause of a failure, such as a field with a wrong value. Kubernetes calls its type `reason`: `FieldValueInvalid`. */
export interface StatusCause {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly field?: string | undefined;
}

/** The details of a Status, which programs read. */
export interface StatusDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  /** The kind in a 422. The plural of the resource in a 403, 404, 405 or 409. */
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly StatusCause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** The body of every API error, and of the response to a completed delete. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: ListMeta;
  readonly status: 'Success' | 'Failure';
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly details?: StatusDetails | undefined;
  /** The HTTP status. */
  readonly code?: number | undefined;
}

export interface ApiErrorOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** An error that the server sends to the client as a Status. The client never sees `cause`. */
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
