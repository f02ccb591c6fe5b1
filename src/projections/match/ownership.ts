/**
 * Matches by owner references. The owner is the one that controls (`controller: true`), and it is known by its uid: one that was made
 * anew under the same name is another (Kubernetes: "Owners and Dependents").
 * @module
 */
import { equalRelation, type ValuesOf } from './equal-relation.ts';
import type { Match } from './match.ts';
import { valuesIn } from './values.ts';

/** What may be owned. */
export interface Owned {
  readonly metadata?:
    | {
        readonly ownerReferences?:
          | readonly { readonly uid: string; readonly kind: string; readonly controller?: boolean | undefined }[]
          | undefined;
      }
    | undefined;
}

/** What may own: objects of the cluster have a uid, rows made with `identity` have none. */
export interface Owner {
  readonly metadata?: { readonly uid?: string | undefined } | undefined;
}

/** Which references count. */
export interface OwnerOptions {
  /** Controllers of this kind only: `ReplicaSet`. Default: of any. */
  readonly kind?: string | undefined;
}

const uidOf: ValuesOf<Owner> = (_, { metadata }) => valuesIn(metadata?.uid);

function controllerOf({ kind }: OwnerOptions): ValuesOf<Owned> {
  return (_, { metadata }) => {
    const controller = metadata?.ownerReferences?.find((reference) => reference.controller === true);
    return controller === undefined || (kind !== undefined && controller.kind !== kind) ? [] : valuesIn(controller.uid);
  };
}

/**
 * The right object that controls the left one. (Should several have one uid, which never happens in a cluster, the one with the least
 * key.)
 * @example
 * pods.pipe(leftJoin(replicaSets, rightOwnsLeft(), (pod, replicaSet) => ({ metadata: identity(pod), of: replicaSet?.metadata?.name })));
 */
export function rightOwnsLeft(options: OwnerOptions = {}): Match<Owned, Owner, 'one'> {
  return { cardinality: 'one', open: () => equalRelation(controllerOf(options), uidOf) };
}

/**
 * All right objects that the left one controls.
 * @example
 * replicaSets.pipe(leftJoin(pods, leftOwnsRight(), (replicaSet, owned) => ({ metadata: identity(replicaSet), pods: owned.length })));
 */
export function leftOwnsRight(): Match<Owner, Owned, 'many'> {
  return { cardinality: 'many', open: () => equalRelation(uidOf, controllerOf({})) };
}
