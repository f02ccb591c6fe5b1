/**
 * Who asks. Nobody is trusted by default: without an authenticator that knows the request there is no identity, and without identity
 * no answer but health.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { User } from '../request-context.ts';
import {
  isIdentityHeader,
  type PeerCertificate,
  type RequestHeaderConfig,
  requestHeaderUser,
} from './request-header.ts';

/** Finds out who asks; undefined: nobody it knows. */
export type Authenticator = (request: IncomingMessage) => User | undefined;

/** Trusts the front proxy that `config` describes, as it is at the time of each request. */
export function frontProxyAuthenticator(config: () => RequestHeaderConfig | undefined): Authenticator {
  return (request) => {
    const current = config();
    if (current === undefined) return undefined;
    const user = requestHeaderUser(current, peerCertificate(request), request.rawHeaders);
    // What the proxy said is in `user` now; handlers must not read it where nobody verified it.
    for (const header of Object.keys(request.headers))
      if (isIdentityHeader(current, header)) delete request.headers[header];
    return user;
  };
}

/** The user of `--insecure-dev`: everybody. */
export const DEVELOPMENT_USER: User = {
  name: 'kubefacet:insecure-dev',
  uid: undefined,
  groups: ['system:masters', 'system:authenticated'],
  extra: {},
};

function peerCertificate(request: IncomingMessage): PeerCertificate | undefined {
  // On HTTP/2 `socket` is a proxy of the session's socket; what it answers is the same.
  const socket = request.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  if (certificate === undefined || certificate === null || certificate.subject === undefined) return undefined;
  const commonName: string | string[] | undefined = certificate.subject.CN;
  return {
    verified: socket.authorized === true,
    commonName: Array.isArray(commonName) ? commonName[0] : commonName,
  };
}
