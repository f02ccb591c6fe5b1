/**
 * Who asks. Nobody is trusted by default: without an authenticator that knows the request there is no identity, and without identity
 * no answer but health.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { DEVELOPMENT_USER, type User } from '../define/request-context.ts';
import {
  isIdentityHeader,
  type PeerCertificate,
  type RequestHeaderConfig,
  requestHeaderUser,
} from './request-header.ts';

/**
 * Finds out who asks; undefined: nobody it knows. Takes the headers that speak of a user off the request: handlers must not read them
 * where nobody verified them.
 */
export type Authenticator = (request: IncomingMessage) => User | undefined;

/**
 * Trusts the front proxy that `config` describes, as it is at the time of each request.
 * @param now milliseconds since the epoch: a connection can outlive the certificate it was made with
 */
export function frontProxyAuthenticator(config: () => RequestHeaderConfig | undefined, clock: Clock): Authenticator {
  return (request) => {
    const current = config();
    const user =
      current === undefined
        ? undefined
        : requestHeaderUser(current, peerCertificate(request, clock.now()), request.rawHeaders);
    removeIdentityHeaders(request, current);
    return user;
  };
}

/** Takes everybody for {@link DEVELOPMENT_USER}. */
export const developmentAuthenticator: Authenticator = (request) => {
  removeIdentityHeaders(request, undefined);
  return DEVELOPMENT_USER;
};

/** Takes them out of `headers` and `rawHeaders`, from which Node makes the rest. */
function removeIdentityHeaders(
  { headers, rawHeaders }: IncomingMessage,
  config: RequestHeaderConfig | undefined,
): void {
  for (const header of Object.keys(headers)) if (isIdentityHeader(config, header)) delete headers[header];
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (isIdentityHeader(config, (rawHeaders[index] ?? '').toLowerCase())) rawHeaders.splice(index, 2);
  }
}

function peerCertificate(request: IncomingMessage, now: number): PeerCertificate | undefined {
  // On HTTP/2 `socket` is a proxy of the session's socket; what it answers is the same.
  const socket = request.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  if (certificate === undefined || certificate === null || certificate.subject === undefined) return undefined;
  // TLS verified it when the connection was made; what has expired since then is found out here.
  const isCurrent = Date.parse(certificate.valid_to) > now;
  const commonName: string | string[] | undefined = certificate.subject.CN;
  return {
    verified: socket.authorized === true && isCurrent,
    // Of several, Go takes the last.
    commonName: Array.isArray(commonName) ? commonName.at(-1) : commonName,
  };
}
