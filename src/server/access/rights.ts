/**
 * The objects of RBAC, which the server watches to learn that rights have changed. It does not evaluate them: the cluster does.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';

/** The roles of a cluster and their bindings. An `InformerFactory` has them. */
export interface Rights {
  readonly roles: Collection<unknown>;
  readonly roleBindings: Collection<unknown>;
  readonly clusterRoles: Collection<unknown>;
  readonly clusterRoleBindings: Collection<unknown>;
}

/** Returns the collections of RBAC that the informers have. */
export function collectionsOfRights(informers: Partial<Rights>): Collection<unknown>[] {
  const { roles, roleBindings, clusterRoles, clusterRoleBindings } = informers;
  return [roles, roleBindings, clusterRoles, clusterRoleBindings].filter((collection) => collection !== undefined);
}

/** Calls `changed` after each change of these collections, until the signal is aborted. */
export function followRights(
  collections: readonly Collection<unknown>[],
  signal: AbortSignal,
  changed: () => void,
): void {
  for (const { deltas$ } of collections) {
    const subscription = deltas$.subscribe(({ changes }) => {
      if (changes.length > 0) changed();
    });
    signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }
}
