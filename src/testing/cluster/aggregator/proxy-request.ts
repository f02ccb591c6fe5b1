/**
 * The form of proxied requests: their headers with the identity of the user, their path and query, and the ConfigMap
 * that describes these headers to extension API servers (conformance 5.8, 7.1).
 * @module
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import type { UserInfo } from '../access/users.ts';

/** The headers of one connection, which are not forwarded (RFC 9110 7.6.1, and headers of older proxies). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Returns true for headers that a client must not set itself: credentials and identity. `host` is replaced by that of
 * the backend.
 */
const isReplaced = (name: string): boolean =>
  name === 'authorization' || name === 'host' || name.startsWith('x-remote-') || name === 'http2-settings';

/** The request as the proxy received it. */
export interface ForwardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** Host and port of the backend, for `X-Forwarded-Host`. */
  readonly backend: string;
  readonly clientAddress: string | undefined;
}

/**
 * Returns the headers of a proxied request: the client's end-to-end headers without Authorization and X-Remote-*, plus
 * the identity of the user and X-Forwarded-*.
 */
export function proxiedRequestHeaders(request: ForwardedRequest, user: UserInfo): OutgoingHttpHeaders {
  const { 'x-forwarded-for': forwardedFor } = request.headers;
  const addresses = [forwardedFor, request.clientAddress].flat().filter((address) => address !== undefined);
  return {
    ...endToEnd(request.headers, isReplaced),
    ...identityHeaders(user),
    'x-forwarded-uri': decodedPath(request.path),
    'x-forwarded-host': request.backend,
    'x-forwarded-proto': 'https',
    ...(addresses.length === 0 ? {} : { 'x-forwarded-for': addresses.join(', ') }),
  };
}

/**
 * Returns the decoded path, as kube-aggregator forwards it, or the original path if a header cannot contain the decoded
 * one.
 */
const decodedPath = (path: string): string => {
  try {
    const decoded = decodeURIComponent(path);
    return /^[ -~]*$/.test(decoded) ? decoded : path;
  } catch {
    return path;
  }
};

/** Returns the headers of a response as the proxy forwards them. */
export function proxiedResponseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return endToEnd(headers, () => false);
}

/** Returns the X-Remote-* headers, by which a front proxy names the user of a request. */
export function identityHeaders({ name, groups, uid, extra = {} }: UserInfo): OutgoingHttpHeaders {
  return {
    'x-remote-user': name,
    ...(uid === undefined ? {} : { 'x-remote-uid': uid }),
    ...(groups.length === 0 ? {} : { 'x-remote-group': [...groups] }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`x-remote-extra-${headerKey(key)}`, [...values]]),
    ),
  };
}

const endToEnd = (headers: IncomingHttpHeaders, isOmitted: (name: string) => boolean): OutgoingHttpHeaders => {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        value !== undefined && !name.startsWith(':') && !HOP_BY_HOP.has(name) && !named.has(name) && !isOmitted(name),
    ),
  );
};

/** Escapes the percent sign and the characters that the name of a header cannot contain. */
const headerKey = (key: string): string =>
  [...Buffer.from(key.toLowerCase())]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[a-z0-9!#$&'*+.^_`|~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/**
 * Returns the path of the request to the backend: decoded, then escaped in one canonical form. A path that cannot be
 * decoded is forwarded unchanged.
 */
export function proxiedPath(path: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return path;
  }
  return encodeURIComponent(decoded)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, (escaped) => decodeURIComponent(escaped))
    .replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Returns the query sorted by key, with its question mark if it is not empty. The values of a key keep their order. */
export function proxiedQuery(query: URLSearchParams): string {
  const sorted = new URLSearchParams([...query].sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)));
  const text = sorted.toString();
  return text === '' ? '' : `?${text}`;
}

/** The CN of the aggregator's client certificate. */
export const FRONT_PROXY_NAME = 'front-proxy-client';

/**
 * Returns the ConfigMap from which extension API servers read the trusted authorities and headers (conformance 7.1).
 * @param clientCa the PEM of the authority of users' certificates
 * @param frontProxyCa the PEM of the authority of the aggregator's certificate
 */
export function extensionAuthentication(
  clientCa: string,
  frontProxyCa: string,
): KubernetesObject & { readonly data: object } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: {
      'client-ca-file': clientCa,
      'requestheader-allowed-names': JSON.stringify([FRONT_PROXY_NAME]),
      'requestheader-client-ca-file': frontProxyCa,
      'requestheader-extra-headers-prefix': JSON.stringify(['X-Remote-Extra-']),
      'requestheader-group-headers': JSON.stringify(['X-Remote-Group']),
      'requestheader-uid-headers': JSON.stringify(['X-Remote-Uid']),
      'requestheader-username-headers': JSON.stringify(['X-Remote-User']),
    },
  };
}
