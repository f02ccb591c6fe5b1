/**
 * Authorization of requests and the 403 for denied ones. The test passes a function instead of RBAC rules.
 * @module
 */
import { quoted } from '../../../server/wire/quote.ts';
import { ApiError, forbidden } from '../../../server/wire/status.ts';
import { MASTERS_GROUP, UNAUTHENTICATED_GROUP, type UserInfo } from './users.ts';

/**
 * An action that a user requests. Fields that do not apply are empty. A `RequestInfo` is an `Access`, too.
 */
export type Access =
  | {
      readonly type: 'resource';
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'nonResource'; readonly verb: string; readonly path: string };

/** The decision about an access. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason?: string | undefined;
}

/** Decides whether a user may do something. A test passes it instead of RBAC rules. */
export type Authorize = (user: UserInfo, access: Access) => boolean | Decision | Promise<boolean | Decision>;

/** Decides about every request and every access review. */
export type Authorizer = (user: UserInfo, access: Access) => Promise<Decision>;

const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

/**
 * Returns an authorizer. Members of `system:masters` may do everything. All users may read health and version;
 * unauthenticated users may read nothing else. For all other requests the authorizer calls `authorize`, or allows them
 * if it is missing.
 */
export function authorizer(authorize?: Authorize): Authorizer {
  return async (user, access) => {
    if (user.groups.includes(MASTERS_GROUP)) return { allowed: true };
    if (access.type === 'nonResource' && access.verb === 'get' && HEALTH_PATHS.has(access.path))
      return { allowed: true };
    if (user.groups.includes(UNAUTHENTICATED_GROUP)) return { allowed: false };
    if (authorize === undefined) return { allowed: true };
    const decision = await authorize(user, access);
    return typeof decision === 'boolean' ? { allowed: decision } : decision;
  };
}

/**
 * Checks that a user may do something.
 * @throws ApiError 403 in the form of conformance 7.5
 */
export async function requireAllowed(decide: Authorizer, user: UserInfo, access: Access): Promise<void> {
  const { allowed, reason } = await decide(user, access);
  if (!allowed) throw accessDenied(user.name, access, reason);
}

/**
 * Returns the 403 for a denied request.
 * @param reason the reason that the authorizer gave, or the empty string
 */
export function accessDenied(user: string, access: Access, reason = ''): ApiError {
  const why = `${sanitized(deniedText(user, access))}${reason === '' ? '' : `: ${reason}`}`;
  const { status } =
    access.type === 'resource'
      ? forbidden({ group: access.group, resource: access.resource }, access.name, why)
      : forbidden({ group: '', resource: '' }, '', why);
  return new ApiError(status, { headers: { 'X-Content-Type-Options': 'nosniff' } });
}

/** Escapes the user name and the path. They come from the client, and a browser must not read them as markup. */
function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function deniedText(user: string, access: Access): string {
  const subject = `User ${quoted(user)} cannot ${access.verb}`;
  if (access.type === 'nonResource') return `${subject} path ${quoted(access.path)}`;
  const resource = access.subresource === '' ? access.resource : `${access.resource}/${access.subresource}`;
  const scope = access.namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(access.namespace)}`;
  return `${subject} resource ${quoted(resource)} in API group ${quoted(access.group)} ${scope}`;
}
