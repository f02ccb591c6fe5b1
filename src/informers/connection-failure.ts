/**
 * What went wrong with a connection, in words for whoever runs the server.
 * @module
 */
import { ConnectionError, IdleTimeoutError } from './errors.ts';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host can not be resolved now',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer to the attempt to connect',
  UND_ERR_CONNECT_TIMEOUT: 'no answer to the attempt to connect',
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

/** The error for what a request to `server` failed with. */
export function connectionFailure(server: string, error: unknown): ConnectionError | IdleTimeoutError {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return new IdleTimeoutError(`${server} does not answer`, { cause: error });
  if (code === 'UND_ERR_BODY_TIMEOUT') return new IdleTimeoutError(`${server} has gone silent`, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  const words =
    (code === undefined ? undefined : WORDS[code]) ?? ([code, message].filter(Boolean).join(': ') || 'unknown');
  return new ConnectionError(`can't reach ${server}: ${words.replaceAll(/\s+/g, ' ')}`, { cause: error });
}

/** Failures that come before a request could be sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether it is certain that the server has not been asked. */
export function isNeverSent(error: unknown): boolean {
  return NEVER_SENT.has(codeOf(error) ?? '');
}

/** The code of an error, or of the first that it wraps. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? undefined : codeOf(error.cause);
}
