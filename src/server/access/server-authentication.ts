/**
 * The authentication of a server: by a front proxy, or disabled for development.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { HealthCheck } from '../describe/health.ts';
import { ServerDefinitionError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type Authenticator, developmentAuthenticator, frontProxyAuthenticator } from './authenticator.ts';
import {
  AUTHENTICATION_CONFIG_MAP,
  AuthenticationConfigError,
  certificatesIn,
  type ConfigMapLike,
  RequestHeaderConfigSource,
} from './request-header-config.ts';
import type { RequestHeaderConfig } from './request-header.ts';

/** The informers of ConfigMaps, from which the front proxy's configuration is read. An `InformerFactory` has them. */
export interface ConfigMaps {
  of(
    resource: { readonly group: string; readonly version: string; readonly resource: string },
    options: { readonly namespaces: readonly string[]; readonly fieldSelector: string },
  ): Collection<ConfigMapLike>;
}

/** How a server authenticates its callers. */
export type AuthenticationOption =
  /** By the cluster's front proxy, whose configuration is read from the cluster. Needs `informers`. */
  | 'front-proxy'
  /** By a front proxy with this configuration. */
  | RequestHeaderConfig
  /** No authentication, for development: every client may do everything. The server listens on loopback addresses only. */
  | 'insecure-dev';

/** The authentication of one server. */
export interface ServerAuthentication {
  readonly authenticate: Authenticator;
  /** The PEM bundles of the CAs of client certificates that are known when the server starts. */
  readonly clientCas: readonly string[];
  /** Whether the server may listen on loopback addresses only, because it does not authenticate clients. */
  readonly isLoopbackOnly: boolean;
  /** A check for `/readyz`; undefined if authentication needs no preparation. */
  readonly check: HealthCheck | undefined;
  /** The collection with the configuration in the cluster, for the log of sources; undefined if there is no such configuration. */
  readonly source: Collection<unknown> | undefined;
  /** Follows the configuration in the cluster until the signal is aborted. Calls `trust` each time the CAs change. */
  follow(signal: AbortSignal, trust: (clientCa: string) => void): void;
}

/** The parts of the server that authentication uses. */
export interface AuthenticationContext {
  readonly informers: ConfigMaps | undefined;
  readonly clock: Clock;
  readonly log: Logger;
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
  return option === 'front-proxy' ? byCluster(context) : byFixedProxy(option, context);
}

function byFixedProxy(option: RequestHeaderConfig, { clock }: AuthenticationContext): ServerAuthentication {
  if (option.usernameHeaders.length === 0) {
    throw new ServerDefinitionError('authentication: usernameHeaders must name at least one header');
  }
  try {
    const clientCa = certificatesIn(option.clientCa, 'authentication: clientCa');
    return fixed(
      frontProxyAuthenticator(() => option, clock),
      [clientCa],
    );
  } catch (error) {
    if (!(error instanceof AuthenticationConfigError)) throw error;
    throw new ServerDefinitionError(error.message, { cause: error });
  }
}

function byCluster({ informers, clock, log }: AuthenticationContext): ServerAuthentication {
  if (informers === undefined) {
    throw new ServerDefinitionError(
      "authentication: 'front-proxy' needs informers, to read the front proxy's configuration from the cluster",
    );
  }
  const configMaps = configMapOf(informers);
  const source = new RequestHeaderConfigSource(configMaps);
  const problem = (): string | undefined => (source.config === undefined ? source.problem : undefined);
  const isLoggedAsSource = (): boolean =>
    nodeOf(configMaps)
      .sources()
      .some(({ cause }) => cause !== undefined);
  return {
    authenticate: frontProxyAuthenticator(() => source.config, clock),
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
        changed: ({ clientCa }) => {
          if (clientCa !== source.config?.clientCa) trust(clientCa);
        },
        refused: (problem) => log.warn(problem),
      });
    },
  };
}

function fixed(authenticate: Authenticator, clientCas: readonly string[]): ServerAuthentication {
  return {
    authenticate,
    clientCas,
    isLoopbackOnly: false,
    check: undefined,
    source: undefined,
    follow: () => undefined,
  };
}

function configMapOf(informers: ConfigMaps): Collection<ConfigMapLike> {
  const [namespace = '', name = ''] = AUTHENTICATION_CONFIG_MAP.split('/');
  return informers.of(
    { group: '', version: 'v1', resource: 'configmaps' },
    { namespaces: [namespace], fieldSelector: `metadata.name=${name}` },
  );
}
