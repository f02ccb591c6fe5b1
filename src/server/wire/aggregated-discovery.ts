/**
 * Aggregated discovery (conformance 5.2): one document for all groups, apidiscovery.k8s.io/v2.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ListMeta } from './object.ts';
import type { ApiGroup, ApiResource, ApiVersion } from './discovery.ts';

interface ResponseKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface ApiSubresourceDiscovery {
  readonly subresource: string;
  readonly responseKind: ResponseKind;
  readonly verbs: readonly string[];
}

export interface ApiResourceDiscovery {
  readonly resource: string;
  readonly responseKind: ResponseKind;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly subresources?: readonly ApiSubresourceDiscovery[] | undefined;
}

export interface ApiGroupDiscovery {
  readonly metadata: { readonly name: string; readonly creationTimestamp: null };
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly ApiResourceDiscovery[];
    readonly freshness: 'Current';
  }[];
}

export interface ApiGroupDiscoveryList {
  readonly kind: 'APIGroupDiscoveryList';
  readonly apiVersion: 'apidiscovery.k8s.io/v2';
  readonly metadata: ListMeta;
  readonly items: readonly ApiGroupDiscovery[];
}

/**
 * Returns the element of a resource. The document has no other place for subresources, so a resource without verbs has an element without a
 * kind, as from kube-aggregator. Clients skip such an element and read its subresources.
 */
function resourceDiscovery(group: string, version: string, resource: ApiResource): ApiResourceDiscovery {
  const isServed = resource.verbs.length > 0;
  const { shortNames = [], categories = [], subresources = [] } = resource;
  return {
    resource: resource.name,
    // Some client versions read this field without a check, so it is always present.
    responseKind: isServed ? { group, version, kind: resource.kind } : { group: '', version: '', kind: '' },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: isServed ? resource.singularName : '',
    verbs: resource.verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: {
              group: subresource.group ?? group,
              version: subresource.version ?? version,
              kind: subresource.kind ?? resource.kind,
            },
            verbs: subresource.verbs,
          })),
        }),
  };
}

function versionDiscovery(group: string, { version, resources }: ApiVersion): ApiGroupDiscovery['versions'][number] {
  return {
    version,
    resources: resources
      .filter(({ verbs, subresources = [] }) => verbs.length > 0 || subresources.length > 0)
      .map((resource) => resourceDiscovery(group, version, resource)),
    freshness: 'Current',
  };
}

/** Returns the document at `/apis` (or at `/api`, for the core group alone) for clients that request `as=APIGroupDiscoveryList`. */
export function apiGroupDiscoveryList(groups: readonly ApiGroup[]): ApiGroupDiscoveryList {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { name, creationTimestamp: null },
      versions: versions.map((version) => versionDiscovery(name, version)),
    })),
  };
}

/** Returns the ETag of a discovery or OpenAPI document: the SHA-512 of its bytes, as quoted upper-case hex. */
export function etagOf(body: string | Buffer): string {
  return `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
}
