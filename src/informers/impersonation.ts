/**
 * Headers that make a request on behalf of another user (`Impersonate-*`; Kubernetes docs, "User impersonation").
 * @module
 */
import { ImpersonationError, type UpstreamUser } from './collection/upstream.ts';

/** Values by name. A list of values is sent as one header for each value. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

const ANONYMOUS = 'system:anonymous';
const UNAUTHENTICATED = 'system:unauthenticated';
/** The API server adds this group to each user that is not anonymous. To send it would need an additional right. */
const AUTHENTICATED = 'system:authenticated';

/**
 * The headers for an authenticated user.
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

/** The bytes of the text in UTF-8, one character for each byte, as headers carry them. */
function encoded(field: string, text: string): string {
  // Control characters would begin another header. HTTP drops spaces at the ends, so that another name would arrive.
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
