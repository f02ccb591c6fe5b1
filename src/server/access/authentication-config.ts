/**
 * The configuration of authentication, read from the cluster's ConfigMap `kube-system/extension-apiserver-authentication`: the front proxy,
 * and the CA of users' certificates. The server follows its changes, so CAs are rotated without a restart. If new content is invalid, the
 * last valid configuration stays in use.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import { certificatesOf, type KnownCas } from './peer-certificate.ts';
import type { RequestHeaderConfig } from './request-header.ts';

/** The key of the ConfigMap. */
export const AUTHENTICATION_CONFIG_MAP = 'kube-system/extension-apiserver-authentication';

/** The fields of a ConfigMap that are read here. */
export interface ConfigMapLike {
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** The content of the ConfigMap is invalid. */
export class AuthenticationConfigError extends Error {
  override readonly name = 'AuthenticationConfigError';
}

/** The trust in client certificates. */
export interface AuthenticationConfig {
  readonly frontProxy: RequestHeaderConfig | undefined;
  /** A PEM bundle of the CAs that sign the certificates of users. */
  readonly clientCa: string | undefined;
  readonly cas: KnownCas;
}

/** Returns the configuration with these CAs. */
export function authenticationConfig(
  frontProxy: RequestHeaderConfig | undefined,
  clientCa: string | undefined,
): AuthenticationConfig {
  return {
    frontProxy,
    clientCa,
    cas: {
      frontProxies: certificatesOf(frontProxy?.clientCa ?? ''),
      users: certificatesOf(clientCa ?? ''),
    },
  };
}

/**
 * Returns the configuration in a ConfigMap. A part that the ConfigMap does not describe is undefined.
 * @throws AuthenticationConfigError that names the invalid key
 */
export function parseAuthenticationConfig(configMap: ConfigMapLike): AuthenticationConfig {
  const clientCa = configMap.data?.['client-ca-file'] ?? '';
  return authenticationConfig(
    parseRequestHeaderConfig(configMap),
    clientCa === '' ? undefined : certificatesIn(clientCa, `${AUTHENTICATION_CONFIG_MAP}: client-ca-file`),
  );
}

/**
 * Returns the configuration of the front proxy in a ConfigMap, or undefined if it describes no front proxy.
 * @throws AuthenticationConfigError that names the invalid key
 */
export function parseRequestHeaderConfig(configMap: ConfigMapLike): RequestHeaderConfig | undefined {
  const { data = {} } = configMap;
  const clientCa = data['requestheader-client-ca-file'];
  if (clientCa === undefined || clientCa === '') return undefined;
  const usernameHeaders = strings(data, 'requestheader-username-headers');
  if (usernameHeaders.length === 0) {
    throw new AuthenticationConfigError(
      `${AUTHENTICATION_CONFIG_MAP}: requestheader-username-headers must name at least one header`,
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
 * Returns the certificates of a PEM bundle, without the text between them.
 * @param where the place of the bundle, for messages
 * @throws AuthenticationConfigError if the bundle has no certificate, or an invalid one
 */
export function certificatesIn(bundle: string, where: string): string {
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new AuthenticationConfigError(`${where} must contain a PEM certificate`);
  const readable = certificates.map((certificate, index) => {
    try {
      const read = new X509Certificate(certificate);
      // A key that Node cannot read is refused here, and not when a client connects.
      read.publicKey.export({ type: 'spki', format: 'der' });
      return read.toString();
    } catch (error) {
      throw new AuthenticationConfigError(`${where}: certificate ${index + 1} is invalid`, { cause: error });
    }
  });
  return readable.join('');
}

/** Returns the array of strings that a key contains as JSON. It is empty if the key is missing. */
function strings(data: Readonly<Record<string, string>>, key: string): string[] {
  const text = data[key];
  if (text === undefined || text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AuthenticationConfigError(`${AUTHENTICATION_CONFIG_MAP}: ${key} must be JSON`, { cause: error });
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new AuthenticationConfigError(`${AUTHENTICATION_CONFIG_MAP}: ${key} must be an array of strings`);
  }
  return value;
}

/** Callbacks for changes of the configuration. */
export interface AuthenticationConfigListener {
  /** Receives each valid configuration before it is used. */
  changed(config: AuthenticationConfig): void;
  /** Receives each new reason why there is no configuration, or why a newer one is not used. */
  refused(problem: string): void;
}

/** The configuration in a collection of ConfigMaps. */
export class AuthenticationConfigSource {
  readonly #configMaps: Collection<ConfigMapLike>;
  readonly #needsFrontProxy: boolean;
  #config: AuthenticationConfig | undefined;
  #problem: string | undefined;

  /** @param needsFrontProxy whether a ConfigMap with a CA of users, but without a front proxy, is not enough */
  constructor(configMaps: Collection<ConfigMapLike>, needsFrontProxy: boolean) {
    this.#configMaps = configMaps;
    this.#needsFrontProxy = needsFrontProxy;
  }

  /** The last valid configuration. */
  get config(): AuthenticationConfig | undefined {
    return this.#config;
  }

  /** The reason why there is no configuration, or why a newer one is not used. */
  get problem(): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#config !== undefined) return undefined;
    const messages = nodeOf(this.#configMaps)
      .sources()
      .map(({ message }) => message);
    return `${AUTHENTICATION_CONFIG_MAP} has not been read: ${messages.find((message) => message !== undefined) ?? 'waiting'}`;
  }

  /** Follows the ConfigMap until the signal is aborted. */
  follow(signal: AbortSignal, listener: AuthenticationConfigListener): void {
    if (signal.aborted) return;
    const subscription = this.#configMaps.deltas$.subscribe(() => this.#read(listener));
    signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }

  #read(listener: AuthenticationConfigListener): void {
    const previous = this.#problem;
    this.#problem = undefined;
    try {
      const configMap = this.#configMaps.get(AUTHENTICATION_CONFIG_MAP);
      const config = configMap === undefined ? undefined : parseAuthenticationConfig(configMap);
      if (config !== undefined && this.#isEnough(config)) {
        listener.changed(config);
        this.#config = config;
        return;
      }
      const missing = this.#needsFrontProxy ? 'no front proxy' : 'neither a front proxy nor a CA of users';
      this.#problem = `${AUTHENTICATION_CONFIG_MAP} ${configMap === undefined ? 'does not exist' : `describes ${missing}`}`;
    } catch (error) {
      if (!(error instanceof AuthenticationConfigError)) throw error;
      this.#problem = error.message;
    }
    if (this.#problem !== previous) listener.refused(this.#problem);
  }

  #isEnough({ frontProxy, clientCa }: AuthenticationConfig): boolean {
    return frontProxy !== undefined || (clientCa !== undefined && !this.#needsFrontProxy);
  }
}
