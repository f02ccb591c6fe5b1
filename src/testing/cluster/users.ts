import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** Who makes a request, as authenticators and authorizers of Kubernetes speak of it. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A user the cluster knows by a static bearer token. Users with client certificates need not be told: the CA vouches for them. */
export interface TokenUser {
  readonly name: string;
  readonly groups?: readonly string[] | undefined;
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
  /** What the user sends as `Authorization: Bearer …`. */
  readonly token: string;
}

export const AUTHENTICATED_GROUP = 'system:authenticated';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
/** Members may do everything; no authorizer is asked. */
export const MASTERS_GROUP = 'system:masters';

/** The user of requests that carry no credential. */
export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: [UNAUTHENTICATED_GROUP] };

/** What authentication reads of a request, whichever protocol it came by. */
export interface AuthenticationRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>;
}

/** The identities of a fake cluster. */
export interface Users {
  /**
   * Who the request is from: by client certificate, else by bearer token. {@link ANONYMOUS} if it carries neither;
   * undefined if it carries a credential and none is good, which is to be answered 401 (api-semantics 7.2).
   */
  authenticate(request: AuthenticationRequest): UserInfo | undefined;
  /** Who a bearer token stands for, as a TokenReview would tell. */
  byToken(token: string): UserInfo | undefined;
  /** Makes another token known. A token that is known already is given to the new user. */
  add(user: TokenUser): void;
}

/**
 * Users by static tokens and by client certificates (CN is the user, each O a group). The TLS server has to ask for
 * client certificates (`requestCert`) and to verify them against the cluster's client CA without turning others away
 * (`rejectUnauthorized: false`), so that a bad one can be answered 401.
 */
export function users(tokenUsers: Iterable<TokenUser> = []): Users {
  const byToken = new Map<string, UserInfo>();
  const add = ({ token, name, groups = [], uid, extra }: TokenUser): void => {
    byToken.set(token, authenticated({ name, groups, uid, extra }));
  };
  for (const user of tokenUsers) add(user);
  return {
    authenticate: ({ headers, socket }) => {
      const certificate = peerCertificate(socket);
      const token = bearerToken(headers.authorization);
      if (certificate === undefined && token === undefined) return ANONYMOUS;
      return (
        (certificate === undefined ? undefined : userOfCertificate(certificate)) ??
        (token === undefined ? undefined : byToken.get(token))
      );
    },
    byToken: (token) => byToken.get(token),
    add,
  };
}

/** Every user who proved an identity is in {@link AUTHENTICATED_GROUP}. */
const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes(AUTHENTICATED_GROUP) ? user : { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };

type PeerCertificate = { readonly raw: Buffer; readonly authorized: boolean };

/** A resumed TLS 1.3 session without a client certificate counts as authorized, so the certificate itself is looked for. */
const peerCertificate = (socket: AuthenticationRequest['socket']): PeerCertificate | undefined => {
  const { raw } = socket.getPeerCertificate() ?? {};
  return raw === undefined ? undefined : { raw, authorized: socket.authorized };
};

const userOfCertificate = ({ raw, authorized }: PeerCertificate): UserInfo | undefined => {
  if (!authorized) return undefined;
  const certificate = new X509Certificate(raw);
  const { CN: name, O: organizations = [] } = certificate.toLegacyObject().subject as {
    readonly CN?: string;
    readonly O?: string | readonly string[];
  };
  if (typeof name !== 'string' || name === '') return undefined;
  const groups = typeof organizations === 'string' ? [organizations] : organizations;
  const credential = `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`;
  return authenticated({ name, groups, extra: { 'authentication.kubernetes.io/credential-id': [credential] } });
};

/** Only the Bearer scheme is a credential here; others are as good as nothing, as upstream. */
const bearerToken = (authorization: string | undefined): string | undefined => {
  const [scheme, token] = (authorization ?? '').trim().split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? token : undefined;
};
