import type { StatusCause } from '../api-error.ts';
import type { GroupResource, KubernetesObject } from '../object.ts';
import type { Draft } from './complete-object.ts';

/** Which names objects of a kind may have. */
export type NameRule = 'subdomain' | 'label' | 'pathSegment';

/** A kind, as far as writes of its objects go. */
export interface WrittenKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** Default true. */
  readonly namespaced?: boolean | undefined;
  /** Has `/status`, and therefore a main endpoint that ignores status. Default true. */
  readonly statusSubresource?: boolean | undefined;
  /** A client may give a status when it creates, as kubelets do with their nodes. Default false. */
  readonly keepsStatusOnCreate?: boolean | undefined;
  /** Counts changes outside metadata and status in `metadata.generation`. Default true. */
  readonly generation?: boolean | undefined;
  /** Default `subdomain`. */
  readonly names?: NameRule | undefined;
  /** Fills in what the server would on a create by a client; may change the draft it is given. */
  readonly defaults?: ((draft: Draft) => void) | undefined;
  /** What is wrong with an object, besides its metadata: one cause for each field, answered 422. Default: nothing is. */
  readonly validate?: ((object: KubernetesObject) => Iterable<StatusCause>) | undefined;
  /** A PUT may leave resourceVersion out, as with most built-in kinds and no custom ones. Default false. */
  readonly unconditionalUpdate?: boolean | undefined;
}

/** `v1`, `apps/v1` */
export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** For messages and details of errors. */
export function groupResourceOf({ group, plural }: WrittenKind): GroupResource {
  return { group, resource: plural };
}
