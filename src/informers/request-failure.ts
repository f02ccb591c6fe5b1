/**
 * Creates the errors of failed requests: requests without a response, and requests that the API server rejected.
 * @module
 */
import { type Clock, systemClock } from '../clock.ts';
import {
  type ApiStatus,
  ConnectionError,
  DecodeError,
  IdleTimeoutError,
  ResponseTooLargeError,
  UpstreamApiError,
} from './errors.ts';
import { errorMessage } from '../error-message.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be resolved now',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'the attempt to connect timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the attempt to connect timed out',
  UND_ERR_SOCKET: 'connection closed by the other side',
  UND_ERR_DESTROYED: 'the transport is closed',
  UND_ERR_CLOSED: 'the transport is closed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not the one of the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the authority of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the authority of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the authority of the kubeconfig',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority of the kubeconfig',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
};

/** The codes of failures before the request was sent. */
const UNSENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The codes of data that zlib and brotli cannot decompress. */
const DECOMPRESSION = /^(?:Z_|ERR__ERROR_FORMAT)/;

/** Returns the error for a request whose transport is closed. */
export function closedError(cause?: unknown): ConnectionError {
  return new ConnectionError('the transport is closed', cause === undefined ? undefined : { cause });
}

/** Returns the error for a request to `server` that failed with `error` on its connection. */
export function connectionFailure(server: string, error: unknown): ConnectionError | IdleTimeoutError {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return new IdleTimeoutError(`${server} does not respond`, { cause: error });
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return new IdleTimeoutError(`${server} has stopped sending its response`, { cause: error });
  const message = errorMessage(error);
  const reason =
    (code === undefined ? undefined : REASONS[code]) ?? ([code, message].filter(Boolean).join(': ') || 'unknown');
  return new ConnectionError(`can't reach ${server}: ${reason.replaceAll(/\s+/g, ' ')}`, { cause: error });
}

/** Returns whether the request that failed with this error was certainly not sent. */
export function isUnsent(error: unknown): boolean {
  return UNSENT.has(codeOf(error) ?? '');
}

/** Returns whether a request failed because its response is complete and cannot be decoded. */
export function isUnreadable(error: unknown): error is Error {
  if (error instanceof DecodeError || error instanceof ResponseTooLargeError) return true;
  return error instanceof ConnectionError && DECOMPRESSION.test(codeOf(error) ?? '');
}

/** Returns the error for a response with a status other than 2xx. `body` may be any text, for example an error page of a proxy. */
export function responseFailure(
  code: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  clock: Pick<Clock, 'now'> = systemClock,
): UpstreamApiError {
  const message = [`the API server responded with status ${code}`, firstLine(body)].filter(Boolean).join(': ');
  const retryAfterSeconds = retryAfterSecondsOf(headers['retry-after'], clock.now());
  return new UpstreamApiError(statusOf(body) ?? { message }, { code, retryAfterSeconds });
}

/** Returns the code of an error, or that of the error that it wraps. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? undefined : codeOf(error.cause);
}

/** Returns the seconds of a Retry-After header, which is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterSecondsOf(header: string | string[] | undefined, now: number): number | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

function statusOf(body: string): ApiStatus | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Status') return undefined;
    return value as ApiStatus;
  } catch {
    // The body is empty, or not from the API server.
    return undefined;
  }
}

function firstLine(text: string): string {
  return (text.trimStart().split('\n', 1)[0] ?? '').slice(0, 200);
}
