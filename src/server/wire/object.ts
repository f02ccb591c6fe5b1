/**
 * Objects of the Kubernetes API in wire form.
 * @module
 */
import type { ObjectMeta } from '../../object-meta/object-meta.ts';

export type { ObjectMeta, OwnerReference } from '../../object-meta/object-meta.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The fields that every object of the Kubernetes API has. Objects of `@kubernetes/client-node` in wire form have this type. */
export interface KubernetesObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: ObjectMeta | undefined;
}

/** `metadata` of lists, Tables and Statuses. */
export interface ListMeta {
  readonly resourceVersion?: string | undefined;
  readonly continue?: string | undefined;
  readonly remainingItemCount?: number | undefined;
  /** The shard selector of the request; missing if the list contains all shards. */
  readonly shardInfo?: { readonly selector: string } | undefined;
}

/** A resource in messages and details. `group` is empty for the core group. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** A kind in messages and details. `group` is empty for the core group. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}
