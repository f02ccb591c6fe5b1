/**
 * Kinds, with the properties that matter to writes.
 * @module
 */
import type { NameRule } from '../../../object-meta/metadata-problems.ts';
import type { StatusCause } from '../api-error.ts';
import type { GroupResource, KubernetesObject } from '../object.ts';
import type { Draft } from './complete-object.ts';

/** A kind, with the properties that matter to writes. */
export interface WrittenKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** Default true. */
  readonly namespaced?: boolean | undefined;
  /** True if there is a `/status` endpoint. The main endpoint ignores the status then. Default true. */
  readonly statusSubresource?: boolean | undefined;
  /** True if a client may set the status at a create, as kubelets do for their nodes. Default false. */
  readonly keepsStatusOnCreate?: boolean | undefined;
  /** True if `metadata.generation` counts changes outside metadata and status. Default true. */
  readonly generation?: boolean | undefined;
  /** Default `subdomain`. */
  readonly names?: NameRule | undefined;
  /** Sets defaults at a create by a client. It may change the draft. */
  readonly defaults?: ((draft: Draft) => void) | undefined;
  /** Returns the causes for invalid fields other than metadata. The server responds with 422 if there are any. Default none. */
  readonly validate?: ((object: KubernetesObject) => Iterable<StatusCause>) | undefined;
  /** True if a PUT may omit resourceVersion, as for most built-in kinds and no custom ones. Default false. */
  readonly unconditionalUpdate?: boolean | undefined;
}

/** Returns `v1` or `apps/v1`. */
export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Returns the group and resource for messages and details of errors. */
export function groupResourceOf({ group, plural }: WrittenKind): GroupResource {
  return { group, resource: plural };
}
