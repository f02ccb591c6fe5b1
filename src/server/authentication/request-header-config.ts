/**
 * What a cluster says of its front proxy, read from the ConfigMap `kube-system/extension-apiserver-authentication` and followed while
 * it changes: CAs are rotated without a restart. Invalid new content leaves the last good one in force.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import type { RequestHeaderConfig } from './request-header.ts';

/** The key of the ConfigMap. */
export const AUTHENTICATION_CONFIG_MAP = 'kube-system/extension-apiserver-authentication';

/** A ConfigMap as far as it is read here. */
export interface ConfigMapLike {
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** The ConfigMap's content cannot be used. */
export class AuthenticationConfigError extends Error {
  override readonly name = 'AuthenticationConfigError';
}

/**
 * The configuration that a ConfigMap holds; undefined when it has none for a front proxy.
 * @throws AuthenticationConfigError naming the key
 */
export function parseRequestHeaderConfig(configMap: ConfigMapLike): RequestHeaderConfig | undefined {
  const { data = {} } = configMap;
  const clientCa = data['requestheader-client-ca-file'];
  if (clientCa === undefined || clientCa === '') return undefined;
  if (!clientCa.includes('-----BEGIN CERTIFICATE-----')) {
    throw new AuthenticationConfigError(
      `${AUTHENTICATION_CONFIG_MAP}: requestheader-client-ca-file holds no PEM certificate`,
    );
  }
  return {
    clientCa,
    allowedNames: strings(data, 'requestheader-allowed-names'),
    usernameHeaders: strings(data, 'requestheader-username-headers'),
    uidHeaders: strings(data, 'requestheader-uid-headers'),
    groupHeaders: strings(data, 'requestheader-group-headers'),
    extraHeaderPrefixes: strings(data, 'requestheader-extra-headers-prefix'),
  };
}

function strings(data: Readonly<Record<string, string>>, key: string): string[] {
  const text = data[key];
  if (text === undefined || text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AuthenticationConfigError(`${AUTHENTICATION_CONFIG_MAP}: ${key} is no JSON`, { cause: error });
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new AuthenticationConfigError(`${AUTHENTICATION_CONFIG_MAP}: ${key} is no array of strings`);
  }
  return value;
}

/** Follows the ConfigMap in a collection. */
export class RequestHeaderConfigSource {
  readonly #configMaps: Collection<ConfigMapLike>;
  #config: RequestHeaderConfig | undefined;
  #problem: string | undefined;

  constructor(configMaps: Collection<ConfigMapLike>) {
    this.#configMaps = configMaps;
  }

  /** The last good configuration. */
  get config(): RequestHeaderConfig | undefined {
    return this.#config;
  }

  /** Why there is none, or why a newer one is not used. */
  get problem(): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#config !== undefined) return undefined;
    const sources = this.#configMaps.sources().map(({ message }) => message);
    return `${AUTHENTICATION_CONFIG_MAP} has not been read: ${sources.find((message) => message !== undefined) ?? 'waiting'}`;
  }

  /** Follows it until the signal is aborted. `changed` is called with each good configuration. */
  follow(signal: AbortSignal, changed: (config: RequestHeaderConfig) => void): void {
    if (signal.aborted) return;
    const subscription = this.#configMaps.deltas$.subscribe(() => {
      try {
        const configMap = this.#configMaps.get(AUTHENTICATION_CONFIG_MAP);
        const config = configMap === undefined ? undefined : parseRequestHeaderConfig(configMap);
        this.#problem =
          config === undefined
            ? `${AUTHENTICATION_CONFIG_MAP} ${configMap === undefined ? 'does not exist' : 'names no front proxy'}`
            : undefined;
        if (config === undefined) return;
        this.#config = config;
        changed(config);
      } catch (error) {
        if (!(error instanceof AuthenticationConfigError)) throw error;
        this.#problem = error.message;
      }
    });
    signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }
}
