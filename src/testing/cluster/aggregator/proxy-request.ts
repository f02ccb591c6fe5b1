import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

import type { KubernetesObject } from '../../../server/wire/object.ts';
import type { UserInfo } from '../users.ts';

/** Headers that belong to one connection and are not passed on (RFC 9110 7.6.1, and what proxies of old added). */
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

/** What the client may not say itself: credentials, and who it is. `host` becomes that of the backend. */
const isReplaced = (name: string): boolean =>
  name === 'authorization' || name === 'host' || name.startsWith('x-remote-') || name === 'http2-settings';

/** How the request came to the proxy. */
export interface ForwardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** Path as it was sent, without the query. */
  readonly path: string;
  /** Host and port of the backend, which is what `X-Forwarded-Host` says. */
  readonly backend: string;
  readonly clientAddress: string | undefined;
}

/**
 * The headers of a proxied request (api-semantics 5.8): those of the client without what belongs to the connection,
 * without Authorization and X-Remote-*; with the user's identity and X-Forwarded-*.
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

/** The path decoded, as upstream forwards it; as it was sent if a header cannot hold that. */
const decodedPath = (path: string): string => {
  try {
    const decoded = decodeURIComponent(path);
    return /^[ -~]*$/.test(decoded) ? decoded : path;
  } catch {
    return path;
  }
};

/** The headers of an answer as they are passed on. */
export function proxiedResponseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return endToEnd(headers, () => false);
}

/** X-Remote-*: who a request is from, as a front proxy says it. */
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

const endToEnd = (headers: IncomingHttpHeaders, isLeftOut: (name: string) => boolean): OutgoingHttpHeaders => {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        value !== undefined && !name.startsWith(':') && !HOP_BY_HOP.has(name) && !named.has(name) && !isLeftOut(name),
    ),
  );
};

/** Percent-escapes what a header's name cannot hold, and the percent sign itself. */
const headerKey = (key: string): string =>
  [...Buffer.from(key.toLowerCase())]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[a-z0-9!#$&'*+.^_`|~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/**
 * The path as the aggregator asks the backend for it: decoded, and escaped again in one way only. A path that cannot be
 * decoded is passed on as it came.
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

/** The query with its keys in order; values of one key keep theirs. Empty, or with the question mark. */
export function proxiedQuery(query: URLSearchParams): string {
  const sorted = new URLSearchParams([...query].sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)));
  const text = sorted.toString();
  return text === '' ? '' : `?${text}`;
}

/** CN of the aggregator's own certificate. */
export const FRONT_PROXY_NAME = 'front-proxy-client';

/**
 * The ConfigMap that tells extension API servers whom to trust (api-semantics 7.1).
 *
 * @param clientCa PEM of what vouches for users' certificates
 * @param frontProxyCa PEM of what vouches for the aggregator's
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
