/**
 * The credentials in the headers of a request: bearer tokens, and the names in the headers of a front proxy. They are read once and then
 * removed, so that no handler sees them.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { isIdentityHeader, type RequestHeaderConfig } from './request-header.ts';

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
  // Node makes this form when it is read, from the number of raw headers at the beginning. HTTP/2 does not have it.
  const distinct = (request as Partial<IncomingMessage>).headersDistinct ?? {};
  for (const form of [headers, distinct]) {
    for (const header of Object.keys(form)) if (isIdentityHeader(config, header)) delete form[header];
  }
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (isIdentityHeader(config, name)) rawHeaders.splice(index, 2);
    else if (name === PROTOCOL_HEADER) hideToken(rawHeaders, index);
  }
  const protocols = protocolsOf(headers[PROTOCOL_HEADER]).filter(isNoToken);
  if (protocols.length > 0) [headers[PROTOCOL_HEADER], distinct[PROTOCOL_HEADER]] = [protocols.join(', '), protocols];
  else [headers, distinct].forEach((form) => delete form[PROTOCOL_HEADER]);
}

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
