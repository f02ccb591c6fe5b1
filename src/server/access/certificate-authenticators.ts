/**
 * The authenticators of client certificates: that of the front proxy, and that of users. The CA decides which of the two a certificate is
 * for (conformance 7.2).
 *
 * | the CA of the certificate is | front proxy | user |
 * |---|---|---|
 * | that of front proxies | with an allowed name | never |
 * | that of users | never | yes |
 * | both | with an allowed name; never if all names are allowed | yes |
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { User } from '../define/request-context.ts';
import type { AuthenticationConfig } from './authentication-config.ts';
import { type Authenticator, NO_CREDENTIAL } from './authenticator.ts';
import { type PeerCertificate, peerCertificateOf } from './peer-certificate.ts';
import { FrontProxyUsers } from './front-proxy-users.ts';
import type { RequestHeaderConfig } from './request-header.ts';
import { authenticated, sharedUser } from './users.ts';

/** The extra of a user that names its certificate. */
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

/** The parts of a server that the certificates concern. */
export interface CertificateContext {
  /** Returns the configuration at the time of a request, or undefined before the first one was read. */
  readonly config: () => AuthenticationConfig | undefined;
  /** Checks the expiry of certificates at each request, because a connection can outlive its certificate. */
  readonly clock: Clock;
}

/** Returns the authenticator of the users that the front proxy names in headers. Other clients have no credential for it. */
export function frontProxyAuthenticator({ config, clock }: CertificateContext): Authenticator {
  let users: { readonly of: RequestHeaderConfig; readonly users: FrontProxyUsers } | undefined;
  return (request) => {
    const { frontProxy, cas } = config() ?? {};
    const peer = peerCertificateOf(request.socket);
    if (peer?.isVerified !== true || frontProxy === undefined || cas === undefined) return NO_CREDENTIAL;
    const vouched = peer.certificate.vouched(cas);
    // Any user of this CA could name another user. Only the allowed names distinguish the front proxy from the users.
    if (frontProxy.allowedNames.length === 0 && vouched.user !== undefined) return NO_CREDENTIAL;
    // Another configuration may name other headers.
    if (users?.of !== frontProxy) users = { of: frontProxy, users: new FrontProxyUsers(frontProxy) };
    const user = users.users.of(
      { verified: isValid(vouched.frontProxy, clock), commonName: peer.certificate.commonName },
      request.rawHeaders,
    );
    return user === undefined ? NO_CREDENTIAL : { type: 'user', user };
  };
}

/** Returns the authenticator of users with their own certificates: CN is the name, each O is a group. */
export function clientCertificateAuthenticator({ config, clock }: CertificateContext): Authenticator {
  const users = new WeakMap<PeerCertificate, User>();
  return (request) => {
    const peer = peerCertificateOf(request.socket);
    if (peer === undefined) return NO_CREDENTIAL;
    const { cas } = config() ?? {};
    const { commonName, organizations, fingerprint } = peer.certificate;
    if (!peer.isVerified || cas === undefined || !isValid(peer.certificate.vouched(cas).user, clock)) {
      return { type: 'refused', reason: 'the client certificate is not valid, or no CA of users has signed it' };
    }
    if (commonName === undefined || commonName === '') {
      return { type: 'refused', reason: 'the client certificate has no common name' };
    }
    let user = users.get(peer.certificate);
    if (user === undefined) {
      const extra = { [CREDENTIAL_ID]: [`X509SHA256=${fingerprint}`] };
      user = sharedUser(authenticated({ name: commonName, uid: undefined, groups: organizations, extra }));
      users.set(peer.certificate, user);
    }
    return { type: 'user', user };
  };
}

function isValid(expires: number | undefined, clock: Clock): boolean {
  return expires !== undefined && expires > clock.now();
}
