/**
 * The credentials in the headers of a request: bearer tokens, and the names in the headers of a front proxy. They are read once and then
 * removed, so that no handler sees them.
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type IdentityHeaders, identityHeadersOf } from './identity-headers.ts';
import type { RequestHeaderConfig } from './request-header.ts';

/** The prefix of the WebSocket subprotocol that carries a token. Browsers cannot set other headers of a WebSocket. */
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
const PROTOCOL_HEADER = 'sec-websocket-protocol';

/** A token, or the reason why a credential contains none. */
export type TokenCredential =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'invalid'; readonly reason: string };

/** Returns the tokens of a request, in the order in which they are tried. */
export function tokensOf(request: IncomingMessage): readonly TokenCredential[] {
  const { authorization = '' } = request.headers;
  return [bearerToken(authorization.trim()), webSocketToken(request)].filter((token) => token !== undefined);
}

/**
 * Removes all identity headers and tokens from all forms in which Node presents the headers of a request.
 * @param config the configured names of identity headers
 */
export function hideCredentials(request: IncomingMessage, config: RequestHeaderConfig | undefined): void {
  const { headers, rawHeaders } = request;
  const identity = identityHeadersOf(config);
  for (const header of Object.keys(headers)) if (identity.has(header)) delete headers[header];
  removePairs(rawHeaders, identity);
  if (headers[PROTOCOL_HEADER] !== undefined) hideTokens(headers, rawHeaders);
  // Node would make this form from the number of raw headers at the beginning. HTTP/2 does not have it.
  if ('headersDistinct' in request) Object.defineProperty(request, 'headersDistinct', DISTINCT);
}

/** Removes identity headers from alternating names and values. */
function removePairs(rawHeaders: string[], identity: IdentityHeaders): void {
  let end = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value] = [rawHeaders[index], rawHeaders[index + 1]];
    if (identity.has(name)) continue;
    rawHeaders[end] = name;
    if (value !== undefined) rawHeaders[end + 1] = value;
    end += 2;
  }
  if (end < rawHeaders.length) rawHeaders.length = end;
}

/** Removes the token of a WebSocket. */
function hideTokens(headers: IncomingHttpHeaders, rawHeaders: string[]): void {
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (rawHeaders[index]?.toLowerCase() === PROTOCOL_HEADER) hideToken(rawHeaders, index);
  }
  const protocols = protocolsOf(headers[PROTOCOL_HEADER]).filter(isNoToken);
  if (protocols.length > 0) headers[PROTOCOL_HEADER] = protocols.join(', ');
  else delete headers[PROTOCOL_HEADER];
}

/** The form `headersDistinct` of the remaining headers, which is made when it is read. */
const DISTINCT = {
  configurable: true,
  enumerable: false,
  get(this: IncomingMessage): NodeJS.Dict<string[]> {
    const distinct: NodeJS.Dict<string[]> = Object.create(null) as NodeJS.Dict<string[]>;
    const { rawHeaders, headers } = this;
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = (rawHeaders[index] ?? '').toLowerCase();
      const value = rawHeaders[index + 1] ?? '';
      const values = distinct[name];
      if (values === undefined) distinct[name] = [value];
      else values.push(value);
    }
    if (headers[PROTOCOL_HEADER] !== undefined) distinct[PROTOCOL_HEADER] = protocolsOf(headers[PROTOCOL_HEADER]);
    Object.defineProperty(this, 'headersDistinct', { value: distinct, configurable: true, writable: true });
    return distinct;
  },
};

/** Another scheme than Bearer is a credential that no authenticator accepts: its client must not become anonymous. */
function bearerToken(authorization: string): TokenCredential | undefined {
  if (authorization === '') return undefined;
  const [scheme = '', token = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() !== 'bearer') {
    return { type: 'invalid', reason: 'the Authorization header has another scheme than Bearer' };
  }
  if (token === '') return { type: 'invalid', reason: 'the Authorization header has no token' };
  return { type: 'token', token };
}

function webSocketToken({ headers }: IncomingMessage): TokenCredential | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  const protocols = protocolsOf(headers[PROTOCOL_HEADER]);
  const [protocol, ...more] = protocols.filter((item) => item.startsWith(TOKEN_PROTOCOL));
  if (protocol === undefined) return undefined;
  if (more.length > 0) return { type: 'invalid', reason: 'the WebSocket has more than one token' };
  // The server must select one of the subprotocols, and it must not be that of the token.
  if (protocols.length === 1) return { type: 'invalid', reason: 'the WebSocket has no subprotocol besides the token' };
  const encoded = protocol.slice(TOKEN_PROTOCOL.length);
  const token = Buffer.from(encoded, 'base64url').toString();
  // Node ignores characters that are not base64url, and replaces bytes that are not UTF-8.
  if (token === '' || Buffer.from(token).toString('base64url') !== encoded) {
    return { type: 'invalid', reason: 'the token of the WebSocket is not encoded as base64url' };
  }
  return { type: 'token', token };
}

function hideToken(rawHeaders: string[], index: number): void {
  const kept = protocolsOf(rawHeaders[index + 1]).filter(isNoToken);
  if (kept.length === 0) rawHeaders.splice(index, 2);
  else rawHeaders[index + 1] = kept.join(', ');
}

function isNoToken(protocol: string): boolean {
  return !protocol.startsWith(TOKEN_PROTOCOL);
}

function protocolsOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}
