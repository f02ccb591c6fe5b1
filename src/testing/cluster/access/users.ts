/**
 * The users of a fake cluster: authentication by bearer tokens and client certificates.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** The user of a request, in the terms of authenticators and authorizers of Kubernetes. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * A user with a static bearer token. Users with client certificates are not registered: the authority of their
 * certificates is trusted.
 */
export interface TokenUser {
  readonly name: string;
  readonly groups?: readonly string[] | undefined;
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The token that the user sends as `Authorization: Bearer …`. */
  readonly token: string;
  /** The audiences of the token in a TokenReview. Default: that of the API server, `https://kubernetes.default.svc`. */
  readonly audiences?: readonly string[] | undefined;
}

export const AUTHENTICATED_GROUP = 'system:authenticated';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
/** The group whose members may do everything. The authorizer is not called for them. */
export const MASTERS_GROUP = 'system:masters';

/** The audience of the API server. A TokenReview without audiences requires it. */
export const API_AUDIENCE = 'https://kubernetes.default.svc';

/** The user of requests without a credential. */
export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: [UNAUTHENTICATED_GROUP] };

/** The part of a request that authentication reads, on both protocols. */
export interface AuthenticationRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>;
}

/** The users of a fake cluster. */
export interface Users {
  /**
   * Returns the user of a request, from its client certificate or else its bearer token. Returns {@link ANONYMOUS} if
   * the request has neither. Returns undefined if the credential is invalid; the response is then a 401 (conformance
   * 7.2).
   */
  authenticate(request: AuthenticationRequest): UserInfo | undefined;
  /** Returns the user of a bearer token, as in a TokenReview. */
  byToken(token: string): UserInfo | undefined;
  /** Returns the audiences of a bearer token. */
  audiencesOf(token: string): readonly string[];
  /** Registers a token. If the token is already registered, it now belongs to the new user. */
  add(user: TokenUser): void;
}

/**
 * Creates the users of static tokens and of client certificates (the CN is the user, each O a group). The TLS server
 * must request client certificates (`requestCert`) and verify them with the client CA of the cluster. It must not
 * reject invalid ones (`rejectUnauthorized: false`), so that the response can be a 401.
 */
export function users(tokenUsers: Iterable<TokenUser> = []): Users {
  const byToken = new Map<string, UserInfo>();
  const audiencesByToken = new Map<string, readonly string[]>();
  const audiencesOf = (token: string): readonly string[] => audiencesByToken.get(token) ?? [];
  const add = ({ token, name, groups = [], uid, extra, audiences = [API_AUDIENCE] }: TokenUser): void => {
    byToken.set(token, authenticated({ name, groups, uid, extra }));
    audiencesByToken.set(token, audiences);
  };
  for (const user of tokenUsers) add(user);
  return {
    authenticate: ({ headers, socket }) => {
      const certificate = peerCertificate(socket);
      const token = bearerToken(headers.authorization);
      if (certificate === undefined && token === undefined) return ANONYMOUS;
      return (
        (certificate === undefined ? undefined : userOfCertificate(certificate)) ??
        (token === undefined || !audiencesOf(token).includes(API_AUDIENCE) ? undefined : byToken.get(token))
      );
    },
    byToken: (token) => byToken.get(token),
    audiencesOf,
    add,
  };
}

/** Adds {@link AUTHENTICATED_GROUP}, of which every authenticated user is a member. */
const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes(AUTHENTICATED_GROUP) ? user : { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };

type PeerCertificate = { readonly raw: Buffer; readonly authorized: boolean };

/**
 * Returns the client certificate. A resumed TLS 1.3 session without one counts as authorized, so the certificate itself
 * is checked.
 */
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

/** Returns the bearer token. Other schemes are ignored, as in kube-apiserver. */
const bearerToken = (authorization: string | undefined): string | undefined => {
  const [scheme, token] = (authorization ?? '').trim().split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? token : undefined;
};
