/**
 * The needs of a resource or a raw endpoint: what its code reads from the cluster, besides the rows of a projection.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';

/** A right in the cluster, in the form of an RBAC rule, for requests that the code sends itself. */
export interface AccessRule {
  /** Empty for the core group. */
  readonly group: string;
  /** `pods`, `pods/log`. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** The names of the objects. @default all objects */
  readonly resourceNames?: readonly string[] | undefined;
  /** The namespaces of the objects. @default all namespaces */
  readonly namespaces?: readonly string[] | undefined;
}

/**
 * A need of a handler, a subresource or a raw endpoint:
 *
 * - A collection that it reads. The server keeps it running, and is ready only after it has synced.
 * - A right that it uses with `informers.transport`. The server does nothing with it: `kubefacet manifests` grants it.
 */
export type Need = Collection<unknown> | AccessRule;

/** Whether a need is a collection. */
export function isCollection(need: Need): need is Collection<unknown> {
  return 'deltas$' in need;
}

/** Returns the first problem with needs, or undefined if there is no problem. */
export function needsProblem(needs: readonly Need[]): string | undefined {
  for (const need of needs) {
    if (typeof need !== 'object' || need === null) return 'each must be a collection or { group, resources, verbs }';
    if (isCollection(need)) continue;
    if (typeof need.group !== 'string') return 'group: must be a text; it is empty for the core group';
    if (!isTexts(need.resources)) return 'resources: must be a list of names like pods and pods/log';
    if (!isTexts(need.verbs)) return 'verbs: must be a list of verbs like get';
  }
  return undefined;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== '');
}
