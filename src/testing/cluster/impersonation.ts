import type { IncomingHttpHeaders } from 'node:http';

import { badRequest } from '../../server/wire/status.ts';
import { requireAllowed } from './authorization.ts';
import type { Access, Authorizer } from './authorization.ts';
import { AUTHENTICATED_GROUP } from './users.ts';
import type { UserInfo } from './users.ts';

const EXTRA = 'impersonate-extra-';

/**
 * The user a request is to be made as: the one of `Impersonate-*`, if there is one and the real user may impersonate users.
 * Throws a 403 otherwise; a 400 if there are groups, a uid or extras without a user.
 */
export async function effectiveUser(
  user: UserInfo,
  headers: IncomingHttpHeaders,
  decide: Authorizer,
): Promise<UserInfo> {
  const name = headers['impersonate-user'];
  if (typeof name !== 'string' || name === '') {
    if (Object.keys(headers).some((header) => header.startsWith('impersonate-')))
      throw badRequest('requested impersonation without a user: Impersonate-User is missing');
    return user;
  }
  await requireAllowed(decide, user, impersonation(name));
  const uid = headers['impersonate-uid'];
  return {
    name,
    groups: [...new Set([...values(headers['impersonate-group']), AUTHENTICATED_GROUP])],
    ...(typeof uid === 'string' ? { uid } : {}),
    extra: Object.fromEntries(
      Object.entries(headers)
        .filter(([header]) => header.startsWith(EXTRA))
        .map(([header, value]) => [decodeURIComponent(header.slice(EXTRA.length)), values(value)]),
    ),
  };
}

const impersonation = (name: string): Access => ({
  type: 'resource',
  verb: 'impersonate',
  group: '',
  version: '',
  resource: 'users',
  subresource: '',
  namespace: '',
  name,
});

/** Node joins what is sent several times. */
const values = (value: string | readonly string[] | undefined): readonly string[] =>
  [value ?? []].flat().flatMap((one) => one.split(', '));
