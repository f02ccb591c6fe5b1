import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

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
