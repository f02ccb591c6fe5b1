/**
 * The errors between an informer and its API server, one class for each cause, and predicates for them.
 * @module
 */
import type { UpstreamStatus } from './collection/upstream.ts';

/** The fields of a Kubernetes `Status` that kubefacet reads. */
export type ApiStatus = UpstreamStatus;

/** The API server responded with an error: an HTTP status other than 2xx, or an ERROR event in a watch. */
export class UpstreamApiError extends Error {
  override readonly name = 'UpstreamApiError';
  /** The HTTP status, or the `code` of the ERROR event. */
  readonly code: number;
  /** `Expired`, `Forbidden`, …; empty if the response was not a Status. */
  readonly reason: string;
  /** The seconds after which the server allows a retry. */
  readonly retryAfterSeconds: number | undefined;
  /** The reasons of the causes: `ResourceVersionTooLarge`. */
  readonly causes: readonly string[];
  /** The status as the server sent it. */
  readonly status: ApiStatus;

  constructor(
    status: ApiStatus,
    options: { readonly code?: number; readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    const code = options.code ?? status.code ?? 500;
    super(status.message ?? `the API server responded with status ${code}`);
    this.code = code;
    this.status = status;
    this.reason = status.reason ?? '';
    this.retryAfterSeconds = options.retryAfterSeconds ?? status.details?.retryAfterSeconds;
    this.causes = (status.details?.causes ?? []).flatMap((cause) => (cause.reason === undefined ? [] : [cause.reason]));
  }
}

/** The API server redirected a request to another host. kubefacet does not follow it, because its credentials are for the first host. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
  constructor(server: string, status: number, target: string | undefined) {
    super(
      `${server} redirects requests to ${target ?? 'an invalid URL'} (HTTP ${status}), which is another server; set it as the server of the kubeconfig`,
    );
  }
}

/** The API server cannot be reached, or the connection broke. The message names the server and the cause on one line. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** The connection is open, but nothing arrived within the timeout. */
export class IdleTimeoutError extends Error {
  override readonly name = 'IdleTimeoutError';
}

/** The data violates the protocol: it is not JSON, has no version, or a line is too long. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** A response is larger than the limit for responses in memory. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
  constructor(path: string, bytes: number) {
    super(`${path}: the response is larger than ${bytes} bytes`);
  }
}

/** The resource cannot be watched: the server responded to a watch with a list. */
export class NotWatchableError extends Error {
  override readonly name = 'NotWatchableError';
}

/** The API server returned a state that is older than one that was read before. The reflector rejects it. */
export class StaleListError extends Error {
  override readonly name = 'StaleListError';
  constructor(version: string, frontier: string) {
    super(`the API server returned a state at ${version}, older than ${frontier}, which was read before`);
  }
}

/** A watch ended before its initial events were complete, or the pages of a list do not belong together. */
export class IncompleteListError extends Error {
  override readonly name = 'IncompleteListError';
}

/** The user's transform threw an error, or changed the identity of the object. */
export class TransformError extends Error {
  override readonly name = 'TransformError';
  readonly key: string;
  constructor(key: string, reason: string, cause?: unknown) {
    super(`the transform failed for ${key}: ${reason}`, cause === undefined ? undefined : { cause });
    this.key = key;
  }
}

/** An object of a source cannot be stored: it has no name, or its name is not a text. The other objects of the source are not affected. */
export class InvalidObjectError extends Error {
  override readonly name = 'InvalidObjectError';
  /** The key of the object, or a text that identifies it if it has no key. */
  readonly key: string;
  constructor(key: string, reason: string, cause?: unknown) {
    super(`${key} is left out: ${reason}`, cause === undefined ? undefined : { cause });
    this.key = key;
  }
}

/** The reason why an object is left out of its source. */
export type ObjectError = TransformError | InvalidObjectError;

/** The kubeconfig cannot be used: it is missing, is not YAML, or names a context, cluster or user that does not exist. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}

/** The credentials cannot be read: an exec plugin failed, or the file of a certificate or token is missing. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** Returns whether the server no longer has the history after the requested version (410). The complete state must be read again. */
export function isExpired(error: unknown): boolean {
  return (
    error instanceof UpstreamApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}

/**
 * Returns whether the API server has not reached the requested version yet (504 with cause `ResourceVersionTooLarge`; conformance 1.2).
 */
export function isTooLargeResourceVersion(error: unknown): boolean {
  return (
    error instanceof UpstreamApiError &&
    (error.causes.includes('ResourceVersionTooLarge') ||
      (error.code === 504 && error.message.includes('Too large resource version')))
  );
}

/** Returns whether the resource or object does not exist (404). */
export function isNotFound(error: unknown): boolean {
  return error instanceof UpstreamApiError && error.code === 404;
}

/** Returns whether the credentials do not allow the request (403), or the server does not accept them (401). */
export function isForbidden(error: unknown): boolean {
  return error instanceof UpstreamApiError && (error.code === 403 || error.code === 401);
}

/** Returns whether the resource does not support the verb watch (405). Other options would not help. */
export function isMethodNotSupported(error: unknown): boolean {
  return error instanceof NotWatchableError || (error instanceof UpstreamApiError && error.code === 405);
}

/** Status codes below 500 that are not about the options of the request, but about the user, the resource, or the load of the server. */
const NOT_ABOUT_OPTIONS: ReadonlySet<number> = new Set([401, 403, 404, 408, 409, 410, 425, 429]);

/** Returns whether the server rejects the options of the request, as a server without WatchList does. client-go uses the same codes. */
export function isRefusedOptions(error: unknown): boolean {
  return (
    error instanceof UpstreamApiError &&
    ((error.code >= 400 && error.code < 500 && !NOT_ABOUT_OPTIONS.has(error.code)) || error.code === 501)
  );
}

/** Returns the milliseconds after which the server allows a retry; undefined if the server did not say. */
export function retryAfter(error: unknown): number | undefined {
  return error instanceof UpstreamApiError && error.retryAfterSeconds !== undefined
    ? error.retryAfterSeconds * 1000
    : undefined;
}

/** Returns a short name of the error for counters: `UpstreamApiError 410`, `ConnectionError`. */
export function causeOf(error: unknown): string {
  if (error instanceof UpstreamApiError) return `UpstreamApiError ${error.code}`;
  return error instanceof Error ? error.name : typeof error;
}
