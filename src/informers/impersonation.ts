/**
 * Headers that make a request that of another user (`Impersonate-*`; Kubernetes docs, "User impersonation").
 * @module
 */
import { ImpersonationError, type UpstreamUser } from './collection/upstream.ts';

/** Names and values. A list is sent as one header for each of its values. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

const ANONYMOUS = 'system:anonymous';
const UNAUTHENTICATED = 'system:unauthenticated';
/** The API server adds it to everybody who is not anonymous; sent, it would need a right of its own. */
const AUTHENTICATED = 'system:authenticated';

/**
 * The headers of a user who has been authenticated.
 * @throws ImpersonationError for nobody, for somebody who was not authenticated, and for texts that would arrive as others
 */
export function impersonationHeaders({ name, uid, groups, extra }: UpstreamUser): Headers {
  if (name === '') throw new ImpersonationError('a user without a name cannot be acted for');
  if (name === ANONYMOUS || groups.includes(UNAUTHENTICATED)) {
    throw new ImpersonationError('who was not authenticated cannot be acted for');
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

/** As bytes of UTF-8, each a character of its own: how headers travel. */
function encoded(what: string, text: string): string {
  // Control characters would begin another header; blanks at the ends are lost on the way, and another name would arrive.
  if (/\p{Cc}/u.test(text) || text !== text.trim() || !text.isWellFormed()) {
    throw new ImpersonationError(`the ${what} of the user cannot be sent in a header: ${JSON.stringify(text)}`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Percent-encoded where it is no part of a header's name; upper case too, since names of headers have none. */
function escapedKey(key: string): string {
  return Array.from(Buffer.from(key, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9._-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
