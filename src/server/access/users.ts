/**
 * The groups by which Kubernetes distinguishes users that were authenticated from others.
 * @module
 */
import type { User } from '../define/request-context.ts';

const ANONYMOUS = 'system:anonymous';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';

/** The user of a request without a credential. */
export const ANONYMOUS_USER: User = { name: ANONYMOUS, uid: undefined, groups: [UNAUTHENTICATED], extra: {} };

/** Adds the group of authenticated users, unless the user is anonymous or its groups already say whether it was authenticated. */
export function authenticated(user: User): User {
  const { name, groups } = user;
  const isComplete = name === ANONYMOUS || groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED);
  return isComplete ? user : { ...user, groups: [...groups, AUTHENTICATED] };
}

/** Returns a user that requests can share: a handler that changes it receives a TypeError. */
export function sharedUser({ name, uid, groups, extra }: User): User {
  const entries = Object.entries(extra).map(([key, values]) => [key, Object.freeze([...values])] as const);
  return Object.freeze({
    name,
    uid,
    groups: Object.freeze([...groups]),
    extra: Object.freeze(Object.fromEntries(entries)),
  });
}
