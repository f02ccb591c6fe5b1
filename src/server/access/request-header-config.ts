/**
 * What a cluster says of its front proxy, read from the ConfigMap `kube-system/extension-apiserver-authentication` and followed while
 * it changes: CAs are rotated without a restart. Invalid new content leaves the last good one in force.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { Collection } from '../../informers/collection/collection.ts';
import type { RequestHeaderConfig } from './request-header.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';

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
  const usernameHeaders = strings(data, 'requestheader-username-headers');
  if (usernameHeaders.length === 0) {
    throw new AuthenticationConfigError(
      `${AUTHENTICATION_CONFIG_MAP}: requestheader-username-headers names no header, so nobody could be known`,
    );
  }
  return {
    clientCa: certificatesIn(clientCa, `${AUTHENTICATION_CONFIG_MAP}: requestheader-client-ca-file`),
    allowedNames: strings(data, 'requestheader-allowed-names'),
    usernameHeaders,
    uidHeaders: strings(data, 'requestheader-uid-headers'),
    groupHeaders: strings(data, 'requestheader-group-headers'),
    extraHeaderPrefixes: strings(data, 'requestheader-extra-headers-prefix'),
  };
}

/**
 * The certificates of a PEM bundle, without what stands between them.
 * @param where for the message
 * @throws AuthenticationConfigError when there is none, or one that cannot be read
 */
export function certificatesIn(bundle: string, where: string): string {
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new AuthenticationConfigError(`${where} holds no PEM certificate`);
  const readable = certificates.map((certificate, index) => {
    try {
      return new X509Certificate(certificate).toString();
    } catch (error) {
      throw new AuthenticationConfigError(`${where}: certificate ${index + 1} cannot be read`, { cause: error });
    }
  });
  return readable.join('');
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

/** Who is told while a ConfigMap is followed. */
export interface RequestHeaderConfigListener {
  /** Each good configuration, before it is in force. */
  changed(config: RequestHeaderConfig): void;
  /** Each new reason why there is none, or why a newer one is not used. */
  refused(problem: string): void;
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
    const sources = nodeOf(this.#configMaps)
      .sources()
      .map(({ message }) => message);
    return `${AUTHENTICATION_CONFIG_MAP} has not been read: ${sources.find((message) => message !== undefined) ?? 'waiting'}`;
  }

  /** Follows it until the signal is aborted. */
  follow(signal: AbortSignal, listener: RequestHeaderConfigListener): void {
    if (signal.aborted) return;
    const subscription = this.#configMaps.deltas$.subscribe(() => this.#read(listener));
    signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }

  #read(listener: RequestHeaderConfigListener): void {
    const known = this.#problem;
    this.#problem = undefined;
    try {
      const configMap = this.#configMaps.get(AUTHENTICATION_CONFIG_MAP);
      const config = configMap === undefined ? undefined : parseRequestHeaderConfig(configMap);
      if (config !== undefined) {
        listener.changed(config);
        this.#config = config;
        return;
      }
      this.#problem = `${AUTHENTICATION_CONFIG_MAP} ${configMap === undefined ? 'does not exist' : 'names no front proxy'}`;
    } catch (error) {
      if (!(error instanceof AuthenticationConfigError)) throw error;
      this.#problem = error.message;
    }
    if (this.#problem !== known) listener.refused(this.#problem);
  }
}
