/**
 * Headers that make a request on behalf of another user (`Impersonate-*`; Kubernetes docs, "User impersonation").
 * @module
 */
import { ImpersonationError, type UpstreamUser } from './collection/upstream.ts';

/** Values by name. A list of values is sent as one header for each value. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

const ANONYMOUS = 'system:anonymous';
const UNAUTHENTICATED = 'system:unauthenticated';
/** The API server adds this group to each user that is not anonymous. Sending it would need an additional permission. */
const AUTHENTICATED = 'system:authenticated';

/**
 * Returns the headers that impersonate an authenticated user.
 * @throws ImpersonationError for a user without a name, for an unauthenticated user, and for a text that a header cannot carry
 */
export function impersonationHeaders({ name, uid, groups, extra }: UpstreamUser): Headers {
  if (name === '') throw new ImpersonationError('a user without a name cannot be impersonated');
  if (name === ANONYMOUS || groups.includes(UNAUTHENTICATED)) {
    throw new ImpersonationError('a user that was not authenticated cannot be impersonated');
  }
  const headers = new Map<string, string | readonly string[]>([['impersonate-user', encoded('name', name)]]);
  if (uid !== undefined && uid !== '') headers.set('impersonate-uid', encoded('uid', uid));
  const sent = groups.filter((group) => group !== '' && group !== AUTHENTICATED);
  if (sent.length > 0) {
    headers.set(
      'impersonate-group',
      sent.map((group) => encoded('group', group)),
    );
  }
  for (const [key, values] of Object.entries(extra)) {
    if (key === '') throw new ImpersonationError('an extra of the user has no key');
    headers.set(
      `impersonate-extra-${escapedKey(key)}`,
      values.map((value) => encoded(`extra ${JSON.stringify(key)}`, value)),
    );
  }
  return Object.fromEntries(headers);
}

/** Returns the UTF-8 bytes of the text as a string with one character for each byte, which is the form of a header value. */
function encoded(field: string, text: string): string {
  // Control characters could begin another header. HTTP removes spaces at both ends, so the server would receive another name.
  if (/\p{Cc}/u.test(text) || text !== text.trim() || !text.isWellFormed()) {
    throw new ImpersonationError(`the ${field} of the user cannot be sent in a header: ${JSON.stringify(text)}`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Percent-encodes the characters that the name of a header cannot have. Upper case is encoded too, because names ignore case. */
function escapedKey(key: string): string {
  return Array.from(Buffer.from(key, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9._-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
