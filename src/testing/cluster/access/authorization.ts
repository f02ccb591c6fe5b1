/**
 * Authorization of requests and the 403 for denied ones. The test passes a function instead of RBAC rules.
 * @module
 */
import { type Access, accessDenied } from '../../../server/wire/access-denied.ts';
import { MASTERS_GROUP, UNAUTHENTICATED_GROUP, type UserInfo } from './users.ts';

export type { Access };

/** The decision about an access. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason?: string | undefined;
}

/** Decides whether a user may do something. A test passes it instead of RBAC rules. */
export type Authorize = (user: UserInfo, access: Access) => boolean | Decision | Promise<boolean | Decision>;

/** Decides about every request and every access review. */
export type AccessDecider = (user: UserInfo, access: Access) => Promise<Decision>;

const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

/**
 * Returns an authorizer. Members of `system:masters` may do everything. All users may read health and version;
 * unauthenticated users may read nothing else. For all other requests the authorizer calls `authorize`, or allows them
 * if it is missing.
 */
export function authorizer(authorize?: Authorize): AccessDecider {
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
export async function requireAllowed(decide: AccessDecider, user: UserInfo, access: Access): Promise<void> {
  const { allowed, reason } = await decide(user, access);
  if (!allowed) throw accessDenied(user.name, access, reason);
}
