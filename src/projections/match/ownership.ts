/**
 * Matches by owner references. The owner is the object of the reference with `controller: true`. It is found by uid, because an object that
 * was deleted and created again with the same name is another owner (Kubernetes: "Owners and Dependents").
 *
 * An owner is cluster-scoped or in the namespace of its dependent. A reference to an object of another namespace counts as absent, as in
 * the garbage collector: anyone who may create a pod could otherwise bring an object of another namespace into a row.
 * @module
 */
import { splitKey } from '../../informers/collection/index.ts';
import { valuesFrom } from '../results.ts';
import { equalRelation, type ValuesOf } from './equal-values.ts';
import { markRange, type Match, type Relation } from './match.ts';

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

/** Returns the relation without the pairs whose owner is in another namespace than its dependent. */
function withinNamespace<T, S>(
  relation: Relation<T, S>,
  isAllowed: (leftNamespace: string, rightNamespace: string) => boolean,
): Relation<T, S> {
  return {
    setLeft: relation.setLeft,
    setRight(key, object, affected) {
      const { namespace } = splitKey(key);
      const candidates = new Set<string>();
      relation.setRight(key, object, candidates);
      for (const left of candidates) if (isAllowed(splitKey(left).namespace, namespace)) affected.add(left);
    },
    *partnersOf(leftKey) {
      const { namespace } = splitKey(leftKey);
      for (const right of relation.partnersOf(leftKey)) {
        if (isAllowed(namespace, splitKey(right).namespace)) yield right;
      }
    },
  };
}

const mayOwn = (owner: string, dependent: string): boolean => owner === '' || owner === dependent;

/**
 * Matches the right object that controls the left one: a cluster-scoped object, or one in the namespace of the left object. If several
 * right objects have the same uid (which does not happen in a cluster), the one with the least key is the partner.
 * @example
 * pods.pipe(
 *   leftJoin(replicaSets, rightOwnsLeft(), (pod, owner) => ({ metadata: identity(pod), owner: owner?.metadata?.name })),
 * );
 */
export function rightOwnsLeft(options: OwnerOptions = {}): Match<Owned, Owner, 'one'> {
  const match: Match<Owned, Owner, 'one'> = {
    cardinality: 'one',
    open: () =>
      withinNamespace(equalRelation(controllerOf(options), uidOf), (dependent, owner) => mayOwn(owner, dependent)),
  };
  return markRange(match, 'owner');
}

/**
 * Matches all right objects that the left object controls. A namespaced left object controls objects of its namespace only.
 * @example
 * replicaSets.pipe(leftJoin(pods, leftOwnsRight(), (owner, owned) => ({ metadata: identity(owner), pods: owned.length })));
 */
export function leftOwnsRight(): Match<Owner, Owned, 'many'> {
  const match: Match<Owner, Owned, 'many'> = {
    cardinality: 'many',
    open: () => withinNamespace(equalRelation(uidOf, controllerOf({})), mayOwn),
  };
  // A namespaced owner controls objects of its namespace only.
  return markRange(match, 'namespace');
}
