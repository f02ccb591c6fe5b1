/**
 * PartialObjectMetadata and its list (conformance 3.4): objects reduced to their metadata.
 * @module
 */
import type { KubernetesObject, ListMeta, ObjectMeta } from './object.ts';

/** The versions of `meta.k8s.io` that clients can request for Tables and PartialObjectMetadata. */
export type MetaVersion = 'v1' | 'v1beta1';

/** An object reduced to its metadata. */
export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: `meta.k8s.io/${MetaVersion}`;
  readonly metadata: ObjectMeta;
}

export interface PartialObjectMetadataList {
  readonly kind: 'PartialObjectMetadataList';
  readonly apiVersion: `meta.k8s.io/${MetaVersion}`;
  readonly metadata: ListMeta;
  readonly items: readonly PartialObjectMetadata[];
}

/** Returns an object with the complete metadata and nothing else. */
export function partialObjectMetadata(object: KubernetesObject, version: MetaVersion = 'v1'): PartialObjectMetadata {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata ?? {},
  };
}

/**
 * Returns a list of objects that are reduced to their metadata.
 * @param metadata the metadata of the list: resourceVersion, continue, remainingItemCount
 */
export function partialObjectMetadataList(
  objects: readonly KubernetesObject[],
  metadata: ListMeta,
  version: MetaVersion = 'v1',
): PartialObjectMetadataList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    items: objects.map((object) => partialObjectMetadata(object, version)),
  };
}
