/**
 * Authentication by request headers. The front proxy (kube-aggregator) names the user in headers, and authenticates itself with a client
 * certificate. Without a verified certificate, the headers are ignored. See conformance 7.1, 7.2, and Kubernetes'
 * `authentication/request/headerrequest`.
 * @module
 */
import type { User } from '../define/request-context.ts';
import { authenticated } from './users.ts';

/** The configuration of a front proxy, with the content of the ConfigMap `kube-system/extension-apiserver-authentication`. */
export interface RequestHeaderConfig {
  /** A PEM bundle of the CAs that sign the front proxy's client certificate. */
  readonly clientCa: string;
  /** The common names that the certificate may have. An empty array allows any name. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** The properties of the front proxy's certificate that are checked. */
export interface ProxyCertificate {
  /** Whether its chain was verified against {@link RequestHeaderConfig.clientCa}, and it has not expired. */
  readonly verified: boolean;
  readonly commonName: string | undefined;
}

/**
 * Returns the user that the front proxy names, or undefined if the request is not from the front proxy or names no user.
 * @param rawHeaders alternating names and values, as Node provides them. Joined values would be ambiguous, because a group may contain a
 * comma
 */
export function requestHeaderUser(
  config: RequestHeaderConfig,
  certificate: ProxyCertificate | undefined,
  rawHeaders: readonly string[],
): User | undefined {
  if (certificate === undefined || !certificate.verified) return undefined;
  const { commonName } = certificate;
  if (config.allowedNames.length > 0 && (commonName === undefined || !config.allowedNames.includes(commonName)))
    return undefined;
  const headers = headerValues(rawHeaders);
  const name = first(headers, config.usernameHeaders);
  if (name === undefined) return undefined;
  const groups = config.groupHeaders.flatMap((header) => values(headers, header)).filter((group) => group !== '');
  return authenticated({
    name,
    uid: first(headers, config.uidHeaders),
    groups,
    extra: extraOf(headers, config.extraHeaderPrefixes),
  });
}

/**
 * Whether a header carries an identity. Such headers never reach a handler. The default headers of Kubernetes' front proxy count with any
 * configuration, and without one.
 * @param header the name of the header in lower case
 */
export function isIdentityHeader(config: RequestHeaderConfig | undefined, header: string): boolean {
  if (header === 'authorization' || header.startsWith('x-remote-')) return true;
  if (config === undefined) return false;
  const names = [...config.usernameHeaders, ...config.uidHeaders, ...config.groupHeaders];
  return (
    names.some((name) => name.toLowerCase() === header) ||
    config.extraHeaderPrefixes.some((prefix) => header.startsWith(prefix.toLowerCase()))
  );
}

type HeaderValues = ReadonlyMap<string, readonly string[]>;

function headerValues(rawHeaders: readonly string[]): HeaderValues {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = decoded(rawHeaders[index + 1] ?? '');
    const known = headers.get(name);
    if (known === undefined) headers.set(name, [value]);
    else known.push(value);
  }
  return headers;
}

/** Returns all values of a header. */
function values(headers: HeaderValues, name: string): readonly string[] {
  return headers.get(name.toLowerCase()) ?? [];
}

/** Returns the first value of the first header in which it is not empty. */
function first(headers: HeaderValues, names: readonly string[]): string | undefined {
  return names.map((name) => values(headers, name)[0]).find((value) => value !== undefined && value !== '');
}

function extraOf(headers: HeaderValues, prefixes: readonly string[]): Record<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>();
  for (const prefix of prefixes.map((text) => text.toLowerCase())) {
    for (const [header, headerValues] of headers) {
      if (!header.startsWith(prefix)) continue;
      const key = unescaped(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...headerValues]);
    }
  }
  return Object.fromEntries(extra);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The key is not valid percent-encoding. A kube-apiserver uses such a key unchanged, too.
    return text;
  }
}

/** Decodes a header. The front proxy sends UTF-8, but Node reads each byte as one character (Latin-1). */
function decoded(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    // The value is not UTF-8. It stays as Node read it.
    return value;
  }
}
