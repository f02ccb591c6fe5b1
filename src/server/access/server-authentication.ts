/**
 * How a server knows its callers: what was asked for in its options, made ready.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import { ServerDefinitionError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { HealthCheck } from '../describe/health.ts';
import { type Authenticator, developmentAuthenticator, frontProxyAuthenticator } from './authenticator.ts';
import type { RequestHeaderConfig } from './request-header.ts';
import {
  AUTHENTICATION_CONFIG_MAP,
  AuthenticationConfigError,
  certificatesIn,
  type ConfigMapLike,
  RequestHeaderConfigSource,
} from './request-header-config.ts';

/** Where the cluster's word on its front proxy is read: an `InformerFactory` is one. */
export interface ConfigMaps {
  of(
    resource: { readonly group: string; readonly version: string; readonly resource: string },
    options: { readonly namespaces: readonly string[]; readonly fieldSelector: string },
  ): Collection<ConfigMapLike>;
}

/** How callers are known. */
export type AuthenticationOption =
  /** By the front proxy that the cluster's ConfigMap describes. Needs `informers`. */
  | 'front-proxy'
  /** By a front proxy described here. */
  | RequestHeaderConfig
  /** Everybody may do everything. Listens on loopback only. For development. */
  | 'insecure-dev';

/** What a server does about authentication. */
export interface ServerAuthentication {
  readonly authenticate: Authenticator;
  /** PEM bundles that client certificates are verified against from the beginning. */
  readonly clientCas: readonly string[];
  /** Everybody is let in, so only this machine may ask. */
  readonly isLoopbackOnly: boolean;
  /** Of `/readyz`; undefined when nothing can be missing. */
  readonly check: HealthCheck | undefined;
  /** Follows the cluster's word until the signal is aborted. `trust` is called with the CAs, each time they change. */
  follow(signal: AbortSignal, trust: (clientCa: string) => void): void;
}

/** What it needs beside the option. */
export interface AuthenticationSurroundings {
  readonly informers: ConfigMaps | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: Clock;
  readonly log: Logger;
}

/** @throws ServerDefinitionError when nobody could be authenticated that way */
export function serverAuthentication(
  option: AuthenticationOption,
  surroundings: AuthenticationSurroundings,
): ServerAuthentication {
  if (option === 'insecure-dev') {
    return { ...fixed(developmentAuthenticator, []), isLoopbackOnly: true };
  }
  return option === 'front-proxy' ? byCluster(surroundings) : byFixedProxy(option, surroundings);
}

function byFixedProxy(option: RequestHeaderConfig, { clock }: AuthenticationSurroundings): ServerAuthentication {
  if (option.usernameHeaders.length === 0) {
    throw new ServerDefinitionError('authentication: usernameHeaders names no header, so nobody could be known');
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

function byCluster({ informers, clock, log }: AuthenticationSurroundings): ServerAuthentication {
  if (informers === undefined) {
    throw new ServerDefinitionError(
      'nobody could be authenticated: give informers (the front proxy is read from the cluster), or authentication',
    );
  }
  const source = new RequestHeaderConfigSource(configMapOf(informers));
  return {
    authenticate: frontProxyAuthenticator(() => source.config, clock),
    clientCas: [],
    isLoopbackOnly: false,
    check: { name: 'authentication', problem: () => (source.config === undefined ? source.problem : undefined) },
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
  return { authenticate, clientCas, isLoopbackOnly: false, check: undefined, follow: () => undefined };
}

function configMapOf(informers: ConfigMaps): Collection<ConfigMapLike> {
  const [namespace = '', name = ''] = AUTHENTICATION_CONFIG_MAP.split('/');
  return informers.of(
    { group: '', version: 'v1', resource: 'configmaps' },
    { namespaces: [namespace], fieldSelector: `metadata.name=${name}` },
  );
}
