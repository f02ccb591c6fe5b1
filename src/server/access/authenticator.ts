/**
 * Authenticators: functions that find the user of a request. A request without a user can only read health endpoints.
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
 * Returns the user of a request, or undefined if it cannot be authenticated. It also removes the identity headers from the request, so that
 * handlers cannot take unverified headers for an identity.
 */
export type Authenticator = (request: IncomingMessage) => User | undefined;

/**
 * Returns an authenticator that trusts the front proxy of a configuration.
 * @param config returns the configuration at the time of a request, or undefined before the first one was read
 * @param clock checks the expiry of client certificates at each request, because a connection can outlive its certificate
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

/** Authenticates every request as {@link DEVELOPMENT_USER}. */
export const developmentAuthenticator: Authenticator = (request) => {
  removeIdentityHeaders(request, undefined);
  return DEVELOPMENT_USER;
};

/** Removes identity headers from `headers` and `rawHeaders`, from which Node derives all other forms. */
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
  // For HTTP/2, `socket` is a proxy of the session's socket, with the same methods.
  const socket = request.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  if (certificate === undefined || certificate === null || certificate.subject === undefined) return undefined;
  // TLS verified the certificate when the client connected. It may have expired since then.
  const isUnexpired = Date.parse(certificate.valid_to) > now;
  const commonName: string | string[] | undefined = certificate.subject.CN;
  return {
    verified: socket.authorized === true && isUnexpired,
    // Go uses the last of several common names.
    commonName: Array.isArray(commonName) ? commonName.at(-1) : commonName,
  };
}
