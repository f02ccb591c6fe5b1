/**
 * Authentication by the front proxy: kube-aggregator vouches for the user in headers, and proves itself by its client certificate.
 * Without a verified certificate the headers are worth nothing. See api-semantics 7.1 and 7.2, KEP-less upstream
 * `authentication/request/headerrequest`.
 * @module
 */
import type { User } from '../define/request-context.ts';

/** What a cluster says of its front proxy: the content of `kube-system/extension-apiserver-authentication`. */
export interface RequestHeaderConfig {
  /** PEM bundle of the CAs that the proxy's certificate must come from. */
  readonly clientCa: string;
  /** Common names the certificate may have; empty: any. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** A client certificate as far as it matters here. */
export interface PeerCertificate {
  /** Whether its chain was verified against {@link RequestHeaderConfig.clientCa}. */
  readonly verified: boolean;
  readonly commonName: string | undefined;
}

/**
 * The user that the front proxy vouches for; undefined when it was not the front proxy that asked, or it named nobody.
 * @param rawHeaders names and values in turn, as Node keeps them: joined values could not be told from one with a comma in it, and a
 * group may have one
 */
export function requestHeaderUser(
  config: RequestHeaderConfig,
  certificate: PeerCertificate | undefined,
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
  return {
    name,
    uid: first(headers, config.uidHeaders),
    groups: groups.includes('system:authenticated') ? groups : [...groups, 'system:authenticated'],
    extra: extraOf(headers, config.extraHeaderPrefixes),
  };
}

/**
 * Whether a header speaks of a user: such headers never reach a handler. Those of Kubernetes' own front proxy are meant whatever the
 * configuration says, and when there is none.
 * @param header its name in lower case
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

function values(headers: HeaderValues, name: string): readonly string[] {
  return headers.get(name.toLowerCase()) ?? [];
}

function first(headers: HeaderValues, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = values(headers, name).find((text) => text !== '');
    if (value !== undefined) return value;
  }
  return undefined;
}

function extraOf(headers: HeaderValues, prefixes: readonly string[]): Record<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>();
  for (const prefix of prefixes.map((text) => text.toLowerCase())) {
    for (const [header, given] of headers) {
      if (!header.startsWith(prefix)) continue;
      const key = unescaped(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...given]);
    }
  }
  return Object.fromEntries(extra);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded after all: upstream takes it as it is.
    return text;
  }
}

/** The proxy sends UTF-8; Node reads each byte as one character (Latin-1). */
function decoded(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    // Not UTF-8: there is nothing better to take it for.
    return value;
  }
}
