/**
 * What can go wrong between an informer and its API server: one class for each cause, and the questions asked about them.
 * @module
 */
import type { UpstreamStatus } from './collection/upstream.ts';

/** What we read of a `Status` of Kubernetes. */
export type ApiStatus = UpstreamStatus;

/** The API server answered with an error: an HTTP status other than 2xx, or an ERROR event in a watch. */
export class UpstreamApiError extends Error {
  override readonly name = 'UpstreamApiError';
  /** The HTTP status, or the `code` of the ERROR event. */
  readonly code: number;
  /** `Expired`, `Forbidden`, …; empty where the answer was no Status. */
  readonly reason: string;
  /** For how long the server wants to be left alone, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** The reasons of the causes: `ResourceVersionTooLarge`. */
  readonly causes: readonly string[];
  /** All that the server said. */
  readonly status: ApiStatus;

  constructor(
    status: ApiStatus,
    options: { readonly code?: number; readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    const code = options.code ?? status.code ?? 500;
    super(status.message ?? `the API server answered ${code}`);
    this.code = code;
    this.status = status;
    this.reason = status.reason ?? '';
    this.retryAfterSeconds = options.retryAfterSeconds ?? status.details?.retryAfterSeconds;
    this.causes = (status.details?.causes ?? []).flatMap((cause) => (cause.reason === undefined ? [] : [cause.reason]));
  }
}

/** The API server can't be reached, or the connection broke. The message names the server and the cause, on one line. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** The connection is there and nothing comes. */
export class IdleTimeoutError extends Error {
  override readonly name = 'IdleTimeoutError';
}

/** What came is not what the protocol says: no JSON, no name, no version, a line without end. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** An answer is larger than we are willing to hold. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
  constructor(what: string, bytes: number) {
    super(`${what}: the answer is larger than ${bytes} bytes`);
  }
}

/** The resource can't be watched; it is polled. */
export class NotWatchableError extends Error {
  override readonly name = 'NotWatchableError';
}

/** A list older than what was read before was refused. */
export class StaleListError extends Error {
  override readonly name = 'StaleListError';
  constructor(version: string, frontier: string) {
    super(`the API server answered with a state at ${version}, older than ${frontier} which was read before`);
  }
}

/** A list carries no version that a watch could start from, or a watch ended before its initial events did. */
export class IncompleteListError extends Error {
  override readonly name = 'IncompleteListError';
}

/** The user's transform threw, or answered something that is not that object any more. */
export class TransformError extends Error {
  override readonly name = 'TransformError';
  readonly key: string;
  constructor(key: string, reason: string, cause?: unknown) {
    super(`the transform failed for ${key}: ${reason}`, cause === undefined ? undefined : { cause });
    this.key = key;
  }
}

/** The kubeconfig can't be used: it is missing, not YAML, or names something that is not there. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}

/** Credentials can't be had: an exec plugin failed, a certificate or token file is not there. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** History from the version asked for is gone (410): the state must be read anew. */
export function isExpired(error: unknown): boolean {
  return (
    error instanceof UpstreamApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}

/** The API server has not seen the version asked for yet (504 with cause `ResourceVersionTooLarge`; api-semantics 1.2). */
export function isTooLargeResourceVersion(error: unknown): boolean {
  return (
    error instanceof UpstreamApiError &&
    (error.causes.includes('ResourceVersionTooLarge') ||
      (error.code === 504 && error.message.includes('Too large resource version')))
  );
}

/** There is no such resource (any more). */
export function isNotFound(error: unknown): boolean {
  return error instanceof UpstreamApiError && error.code === 404;
}

/** We may not. */
export function isForbidden(error: unknown): boolean {
  return error instanceof UpstreamApiError && (error.code === 403 || error.code === 401);
}

/** The watch verb is not there (405), whatever the options. */
export function isMethodNotSupported(error: unknown): boolean {
  return error instanceof NotWatchableError || (error instanceof UpstreamApiError && error.code === 405);
}

/** These say nothing about the request: who asks, whether it exists, whether there is room now, or what the state was. */
const NOT_ABOUT_OPTIONS: ReadonlySet<number> = new Set([401, 403, 404, 408, 409, 410, 425, 429]);

/** The server does not want the options of the request: how one without WatchList refuses it (client-go falls back on these too). */
export function isRefusedOptions(error: unknown): boolean {
  return (
    error instanceof UpstreamApiError &&
    ((error.code >= 400 && error.code < 500 && !NOT_ABOUT_OPTIONS.has(error.code)) || error.code === 501)
  );
}

/** Milliseconds for which the server asks to be left alone; undefined where it says nothing. */
export function retryAfter(error: unknown): number | undefined {
  return error instanceof UpstreamApiError && error.retryAfterSeconds !== undefined
    ? error.retryAfterSeconds * 1000
    : undefined;
}

/** A short name for counters: `UpstreamApiError 410`, `ConnectionError`. */
export function causeOf(error: unknown): string {
  if (error instanceof UpstreamApiError) return `UpstreamApiError ${error.code}`;
  return error instanceof Error ? error.name : typeof error;
}
