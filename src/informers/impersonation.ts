/**
 * Headers that make a request on behalf of another user (`Impersonate-*`; Kubernetes docs, "User impersonation").
 * @module
 */
import { ImpersonationError, type UpstreamUser } from './collection/upstream.ts';
import type { KubeUser } from './kube-config-file.ts';

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

/**
 * Returns the headers that impersonate the user of a kubeconfig (`as`). They are the headers of kubectl: it sends all groups, and the keys
 * of extras keep their upper case, which the server ignores.
 * @throws ImpersonationError for attributes without a user, and for a text that a header cannot carry
 */
export function kubeConfigImpersonation({
  impersonateUser,
  impersonateUid,
  impersonateGroups = [],
  impersonateExtra = {},
}: KubeUser): Headers {
  const extra = Object.entries(impersonateExtra);
  if (!impersonateUser) {
    if (impersonateUid === undefined && impersonateGroups.length === 0 && extra.length === 0) return {};
    throw new ImpersonationError('as-uid, as-groups and as-user-extra need a user in "as"');
  }
  const headers = new Map<string, string | readonly string[]>([['impersonate-user', encoded('name', impersonateUser)]]);
  if (impersonateUid !== undefined) headers.set('impersonate-uid', encoded('uid', impersonateUid));
  if (impersonateGroups.length > 0) {
    headers.set(
      'impersonate-group',
      impersonateGroups.map((group) => encoded('group', group)),
    );
  }
  for (const [key, values] of extra) {
    if (key === '') throw new ImpersonationError('an extra of the user has no key');
    const name = `impersonate-extra-${escapedForKubectl(key)}`.toLowerCase();
    const sent = values.map((value) => encoded(`extra ${JSON.stringify(key)}`, value));
    if (sent.length > 0) headers.set(name, [headers.get(name) ?? [], sent].flat(2));
  }
  return Object.fromEntries(headers);
}

/**
 * Checks that the headers of the kubeconfig and those of the request do not both impersonate a user. Replacing the user of the kubeconfig
 * would skip the check that this user may impersonate.
 * @throws ImpersonationError
 */
export function refuseSecondUser(own: Headers, added: Headers): void {
  if (![own, added].every((headers) => Object.keys(headers).some(isImpersonation))) return;
  throw new ImpersonationError(
    'the kubeconfig of the server impersonates a user itself ("as"), and a request can impersonate one user only',
  );
}

function isImpersonation(header: string): boolean {
  return header.toLowerCase().startsWith('impersonate-');
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
  return escaped(key, /[a-z0-9._-]/);
}

/** Percent-encodes the characters that client-go encodes. */
function escapedForKubectl(key: string): string {
  return escaped(key, /[A-Za-z0-9!#$&'*+.^_`|~-]/);
}

function escaped(key: string, legal: RegExp): string {
  return Array.from(Buffer.from(key, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    return legal.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
