/**
 * The authentication of a server: by the cluster, by a front proxy alone, or disabled for development.
 * @module
 */
import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { UpstreamReviewer } from '../../informers/collection/upstream.ts';
import type { HealthCheck } from '../describe/health.ts';
import { ServerDefinitionError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import {
  AUTHENTICATION_CONFIG_MAP,
  type AuthenticationConfig,
  authenticationConfig,
  AuthenticationConfigError,
  AuthenticationConfigSource,
  certificatesIn,
  type ConfigMapLike,
} from './authentication-config.ts';
import { type Authenticator, developmentAuthenticator, firstOf } from './authenticator.ts';
import { clientCertificateAuthenticator, frontProxyAuthenticator } from './certificate-authenticators.ts';
import { hideCredentials } from './credentials.ts';
import type { RequestHeaderConfig } from './request-header.ts';
import type { CacheObserver } from './review-cache.ts';
import { Reviewer, type ReviewObserver } from './reviewer.ts';
import { tokenAuthenticator } from './token-authenticator.ts';

/** The informers of ConfigMaps, from which the front proxy's configuration is read. An `InformerFactory` has them. */
export interface ConfigMaps {
  of(
    resource: { readonly group: string; readonly version: string; readonly resource: string },
    options: { readonly namespaces: readonly string[]; readonly fieldSelector: string },
  ): Collection<ConfigMapLike>;
}

/** How a server authenticates its callers. */
export type AuthenticationOption =
  /**
   * By the cluster: its front proxy, certificates of its client CA, and bearer tokens, which the cluster reviews. A request without a
   * credential is that of `system:anonymous`. Needs `informers`.
   */
  | 'delegated'
  /** By the cluster, with the audiences of bearer tokens. */
  | DelegatedAuthentication
  /** By the cluster's front proxy alone, whose configuration is read from the cluster. Needs `informers`. */
  | 'front-proxy'
  /** By a front proxy with this configuration. */
  | RequestHeaderConfig
  /** No authentication, for development: every client may do everything. The server listens on loopback addresses only. */
  | 'insecure-dev';

/** Options of delegated authentication. */
export interface DelegatedAuthentication {
  /** A bearer token must be for one of these audiences. Empty for tokens of the kube-apiserver, which most clients have. */
  readonly audiences: readonly string[];
}

/** The authentication of one server. */
export interface ServerAuthentication {
  /** Finds the user of a request, and removes its credentials from the request before it returns. */
  readonly authenticate: Authenticator;
  /** Whether a request without a credential is that of `system:anonymous`. */
  readonly allowsAnonymous: boolean;
  /** The PEM bundles of the CAs of client certificates that are known when the server starts. */
  readonly clientCas: readonly string[];
  /** Whether the server may listen on loopback addresses only, because it does not authenticate clients. */
  readonly isLoopbackOnly: boolean;
  /** A check for `/readyz`; undefined if authentication needs no preparation. */
  readonly check: HealthCheck | undefined;
  /** The collection with the configuration in the cluster, for the log of sources; undefined if there is no such configuration. */
  readonly source: Collection<unknown> | undefined;
  /** Follows the configuration in the cluster until the signal is aborted. Calls `trust` each time the CAs change. */
  follow(signal: AbortSignal, trust: (clientCas: readonly string[]) => void): void;
}

/** The parts of the server that authentication uses. */
export interface AuthenticationContext {
  readonly informers: (ConfigMaps & Partial<UpstreamReviewer>) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Aborted when the server has ended. */
  readonly signal: AbortSignal;
  readonly onReview?: ReviewObserver | undefined;
  readonly onCache?: CacheObserver | undefined;
}

/**
 * Returns the authentication that an option selects.
 * @throws ServerDefinitionError if the option is invalid or `informers` are missing
 */
export function serverAuthentication(
  option: AuthenticationOption,
  context: AuthenticationContext,
): ServerAuthentication {
  if (option === 'insecure-dev') {
    return { ...fixed(developmentAuthenticator, []), isLoopbackOnly: true };
  }
  if (option === 'front-proxy') return byCluster(context, undefined);
  if (option === 'delegated') return byCluster(context, []);
  if ('clientCa' in option) return byFixedProxy(option, context);
  if (!Array.isArray(option.audiences) || !option.audiences.every((audience) => typeof audience === 'string')) {
    throw new ServerDefinitionError('authentication: audiences must be an array of strings');
  }
  return byCluster(context, option.audiences);
}

function byFixedProxy(option: RequestHeaderConfig, { clock }: AuthenticationContext): ServerAuthentication {
  if (option.usernameHeaders.length === 0) {
    throw new ServerDefinitionError('authentication: usernameHeaders must name at least one header');
  }
  try {
    const clientCa = certificatesIn(option.clientCa, 'authentication: clientCa');
    const config = authenticationConfig({ ...option, clientCa }, undefined);
    return fixed(frontProxyAuthenticator({ config: () => config, clock }), [clientCa], option);
  } catch (error) {
    if (!(error instanceof AuthenticationConfigError)) throw error;
    throw new ServerDefinitionError(error.message, { cause: error });
  }
}

/** @param audiences undefined for the front proxy alone */
function byCluster(context: AuthenticationContext, audiences: readonly string[] | undefined): ServerAuthentication {
  const { informers, clock, log, onCache } = context;
  const isDelegated = audiences !== undefined;
  if (informers === undefined) {
    throw new ServerDefinitionError(
      `authentication: '${isDelegated ? 'delegated' : 'front-proxy'}' needs informers, to read its configuration from the cluster`,
    );
  }
  const configMaps = configMapOf(informers);
  const source = new AuthenticationConfigSource(configMaps, !isDelegated);
  const problem = (): string | undefined => (source.config === undefined ? source.problem : undefined);
  const isLoggedAsSource = (): boolean =>
    nodeOf(configMaps)
      .sources()
      .some(({ cause }) => cause !== undefined);
  const certificates = { config: () => source.config, clock };
  const frontProxy = frontProxyAuthenticator(certificates);
  const authenticate = isDelegated
    ? firstOf(
        frontProxy,
        clientCertificateAuthenticator(certificates),
        tokenAuthenticator({ reviewer: reviewerOf(context), audiences, clock, log, onCache }),
      )
    : frontProxy;
  /** The certificates of users are verified only if they are a credential. */
  const casOf = ({ frontProxy: proxy, clientCa }: AuthenticationConfig): string[] =>
    [proxy?.clientCa, isDelegated ? clientCa : undefined].filter((bundle) => bundle !== undefined);
  return {
    authenticate: hiding(authenticate, () => source.config?.frontProxy),
    allowsAnonymous: isDelegated,
    clientCas: [],
    isLoopbackOnly: false,
    check: {
      name: 'authentication',
      problem,
      loggedProblem: () => (isLoggedAsSource() ? undefined : problem()),
    },
    source: configMaps,
    follow(signal, trust) {
      source.follow(signal, {
        changed: (config) => {
          const cas = casOf(config);
          const known = source.config === undefined ? [] : casOf(source.config);
          if (cas.join('') !== known.join('')) trust(cas);
          if (isAmbiguous(config) && (source.config === undefined || !isAmbiguous(source.config))) log.warn(AMBIGUOUS);
        },
        refused: (refusal) => log.warn(refusal),
      });
    },
  };
}

const AMBIGUOUS =
  `${AUTHENTICATION_CONFIG_MAP}: a CA is both that of front proxies and that of users, and requestheader-allowed-names is empty; ` +
  'certificates of this CA are not accepted as those of a front proxy';

/** Whether a user of a shared CA could not be distinguished from the front proxy. */
function isAmbiguous({ frontProxy, cas: { frontProxies, users } }: AuthenticationConfig): boolean {
  const shared = (ca: X509Certificate): boolean => users.some((user) => user.publicKey.equals(ca.publicKey));
  return frontProxy?.allowedNames.length === 0 && frontProxies.some(shared);
}

/** @throws ServerDefinitionError */
function reviewerOf({ informers, clock, random, signal, onReview }: AuthenticationContext): Reviewer {
  if (informers?.review === undefined) {
    throw new ServerDefinitionError(
      "authentication: 'delegated' needs informers of a cluster, to send TokenReviews to it",
    );
  }
  return new Reviewer({ upstream: informers as UpstreamReviewer, clock, random, signal, onRequest: onReview });
}

function fixed(
  authenticate: Authenticator,
  clientCas: readonly string[],
  config?: RequestHeaderConfig,
): ServerAuthentication {
  return {
    authenticate: hiding(authenticate, () => config),
    allowsAnonymous: false,
    clientCas,
    isLoopbackOnly: false,
    check: undefined,
    source: undefined,
    follow: () => undefined,
  };
}

/** Removes the credentials from each request. The authenticator has read them when it returns, even if it waits for a review. */
function hiding(authenticate: Authenticator, config: () => RequestHeaderConfig | undefined): Authenticator {
  return (request) => {
    const result = authenticate(request);
    hideCredentials(request, config());
    return result;
  };
}

function configMapOf(informers: ConfigMaps): Collection<ConfigMapLike> {
  const [namespace = '', name = ''] = AUTHENTICATION_CONFIG_MAP.split('/');
  return informers.of(
    { group: '', version: 'v1', resource: 'configmaps' },
    { namespaces: [namespace], fieldSelector: `metadata.name=${name}` },
  );
}
