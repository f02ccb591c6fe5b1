/** The rights that rules of RBAC grant, and those that the requests of an audit log need, as texts: `get secrets.` and `get secrets. NAME`. */
import type { AuditEvent } from '../private-api-server.ts';
import type { Rule } from './installation.ts';

/** Returns the rights of rules. A rule with names grants one right for each name. */
export function grantedRights(rules: readonly Rule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => {
          const right = `${verb} ${resource}.${group}`;
          return resourceNames === undefined ? [right] : resourceNames.map((name) => `${right} ${name}`);
        }),
      ),
    ),
  );
}

/** Returns the rights that requests have needed: each with and without the name of the object. */
export function usedRights(events: readonly AuditEvent[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { verb, objectRef, impersonatedUser } of events) {
    const right = `${verb} ${objectRef?.resource}.${objectRef?.apiGroup ?? ''}`;
    used.add(right).add(`${right} ${objectRef?.name}`);
    if (impersonatedUser === undefined) continue;
    const { username, uid = '', groups = [], extra = {} } = impersonatedUser;
    used.add(`impersonate ${username.startsWith('system:serviceaccount:') ? 'serviceaccounts' : 'users'}.`);
    if (uid !== '') used.add('impersonate uids.authentication.k8s.io');
    for (const group of groups) used.add(`impersonate groups. ${group}`);
    for (const key of Object.keys(extra)) used.add(`impersonate userextras/${key}.authentication.k8s.io`);
  }
  return used;
}
