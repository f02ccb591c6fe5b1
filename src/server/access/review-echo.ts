/**
 * The comparison of the spec of a review with the spec that the cluster returns beside its status. A status counts only for the spec that it
 * was made for: a proxy or a cache in between could mix up responses.
 * @module
 */

type Members = Readonly<Record<string, unknown>>;

/** The members of a spec that decide. A newer cluster may return others, with defaults. */
const MEMBERS = ['token', 'user', 'groups', 'uid', 'extra', 'resourceAttributes', 'nonResourceAttributes'] as const;
/** The members of its attributes that decide. */
const ATTRIBUTES = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name', 'path'] as const;
/** Clusters before 1.31 drop selectors. Their status is about more than the request, which is safe. */
const SELECTORS = ['fieldSelector', 'labelSelector'] as const;

/** Returns whether a status that came with `echoed` is about `sent`. */
export function isEcho(sent: object, echoed: unknown): boolean {
  if (!isMembers(sent) || !isMembers(echoed)) return false;
  return MEMBERS.every((member) => {
    const [own, other] = [sent[member], echoed[member]];
    return member.endsWith('Attributes') ? areSameAttributes(own, other) : canonical(own) === canonical(other);
  });
}

function areSameAttributes(sent: unknown, echoed: unknown): boolean {
  if (!isMembers(sent) || !isMembers(echoed)) return isEmpty(sent) && isEmpty(echoed);
  return (
    ATTRIBUTES.every((member) => canonical(sent[member]) === canonical(echoed[member])) &&
    SELECTORS.every((member) => isEmpty(echoed[member]) || canonical(sent[member]) === canonical(echoed[member]))
  );
}

/** Returns JSON that is equal for values that mean the same: without empty members, and with sorted keys. */
function canonical(value: unknown): string {
  if (isEmpty(value)) return '';
  return JSON.stringify(value, (_key, member: unknown) => {
    if (!isMembers(member)) return member;
    const entries = Object.entries(member).filter(([, item]) => !isEmpty(item));
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Go leaves out empty members. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
