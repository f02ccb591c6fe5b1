import { accessDenied } from '../../server/wire/access-denied.ts';
import type { DeniedAccess } from '../../server/wire/access-denied.ts';
import { MASTERS_GROUP, UNAUTHENTICATED_GROUP } from './users.ts';
import type { UserInfo } from './users.ts';

/** What somebody wants to do. Empty texts where there is nothing; the request info of a request is one. */
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

export interface Decision {
  readonly allowed: boolean;
  readonly reason?: string | undefined;
}

/** Says whether a user may do something: in place of RBAC, which the fake cluster does not have. */
export type Authorize = (user: UserInfo, access: Access) => boolean | Decision | Promise<boolean | Decision>;

/** Decides about every request, and about reviews. */
export type Authorizer = (user: UserInfo, access: Access) => Promise<Decision>;

const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

/**
 * Members of `system:masters` may do everything; everybody may see health and version, and unauthenticated users nothing
 * else. About all others `authorize` is asked; without it they may do everything.
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

/** Throws the 403 of api-semantics 7.5 unless the user may. */
export async function requireAllowed(decide: Authorizer, user: UserInfo, access: Access): Promise<void> {
  const { allowed, reason } = await decide(user, access);
  if (!allowed) throw accessDenied(deniedAccess(user, access), reason);
}

const deniedAccess = (user: UserInfo, access: Access): DeniedAccess => ({ ...access, user: user.name });
