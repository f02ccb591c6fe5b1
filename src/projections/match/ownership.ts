/**
 * Matches by owner references. The owner is the object of the reference with `controller: true`. It is found by uid, because an object that
 * was deleted and created again with the same name is another owner (Kubernetes: "Owners and Dependents").
 * @module
 */
import { valuesFrom } from '../results.ts';
import { equalRelation, type ValuesOf } from './equal-values.ts';
import type { Match } from './match.ts';

/** An object that may have an owner. */
export interface Owned {
  readonly metadata?:
    | {
        readonly ownerReferences?:
          | readonly { readonly uid: string; readonly kind: string; readonly controller?: boolean | undefined }[]
          | undefined;
      }
    | undefined;
}

/** An object that may be an owner. Objects of the cluster have a uid; rows made with `identity` do not. */
export interface Owner {
  readonly metadata?: { readonly uid?: string | undefined } | undefined;
}

/** Options for the references that are used. */
export interface OwnerOptions {
  /** Uses only controllers of this kind: `ReplicaSet`. Default: any kind. */
  readonly kind?: string | undefined;
}

const uidOf: ValuesOf<Owner> = (_, { metadata }) => valuesFrom(metadata?.uid);

function controllerOf({ kind }: OwnerOptions): ValuesOf<Owned> {
  return (_, { metadata }) => {
    const controller = metadata?.ownerReferences?.find((reference) => reference.controller === true);
    if (controller === undefined || (kind !== undefined && controller.kind !== kind)) return [];
    return valuesFrom(controller.uid);
  };
}

/**
 * Matches the right object that controls the left one. If several right objects have the same uid (which does not happen in a cluster), the
 * one with the least key is the partner.
 * @example
 * pods.pipe(
 *   leftJoin(replicaSets, rightOwnsLeft(), (pod, owner) => ({ metadata: identity(pod), owner: owner?.metadata?.name })),
 * );
 */
export function rightOwnsLeft(options: OwnerOptions = {}): Match<Owned, Owner, 'one'> {
  return { cardinality: 'one', open: () => equalRelation(controllerOf(options), uidOf) };
}

/**
 * Matches all right objects that the left object controls.
 * @example
 * replicaSets.pipe(leftJoin(pods, leftOwnsRight(), (owner, owned) => ({ metadata: identity(owner), pods: owned.length })));
 */
export function leftOwnsRight(): Match<Owner, Owned, 'many'> {
  return { cardinality: 'many', open: () => equalRelation(uidOf, controllerOf({})) };
}
