/**
 * Discovery documents (conformance 5.1, 5.2). They depend on definitions alone, never on the state of a cache.
 * @module
 */
import { createHash } from 'node:crypto';

/** A subresource in discovery. */
export interface ApiSubresource {
  /** `status`, `scale`, … */
  readonly name: string;
  readonly verbs: readonly string[];
  /** Default: the kind of the resource. */
  readonly kind?: string | undefined;
  /** Group and version of the kind if they differ from those of the resource: `autoscaling`, `v1` of a Scale. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
}

/** A resource in discovery. */
export interface ApiResource {
  /** The plural. */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  /** The garbage collector and the namespace controller use the verbs in this list. */
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly subresources?: readonly ApiSubresource[] | undefined;
  /** The version in which objects are stored. Undefined if they are not stored. */
  readonly storageVersion?: string | undefined;
}

/** A version of a group, with its resources. */
export interface ApiVersion {
  readonly version: string;
  readonly resources: readonly ApiResource[];
}

/** A group, with its versions. */
export interface ApiGroup {
  /** Empty for the core group. */
  readonly name: string;
  /** At least one version, in order of preference. */
  readonly versions: readonly ApiVersion[];
}

interface GroupVersionForDiscovery {
  readonly groupVersion: string;
  readonly version: string;
}

interface ApiGroupElement {
  readonly name: string;
  readonly versions: readonly GroupVersionForDiscovery[];
  readonly preferredVersion?: GroupVersionForDiscovery | undefined;
}

export interface ApiGroupDocument extends ApiGroupElement {
  readonly kind: 'APIGroup';
  readonly apiVersion: 'v1';
}

export interface ApiGroupList {
  readonly kind: 'APIGroupList';
  readonly apiVersion: 'v1';
  readonly groups: readonly ApiGroupElement[];
}

export interface ApiVersions {
  readonly kind: 'APIVersions';
  readonly versions: readonly string[];
  readonly serverAddressByClientCIDRs: readonly [];
}

interface ApiResourceElement {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly storageVersionHash?: string | undefined;
}

export interface ApiResourceList {
  readonly kind: 'APIResourceList';
  readonly apiVersion: 'v1';
  readonly groupVersion: string;
  readonly resources: readonly ApiResourceElement[];
}

const groupVersionOf = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`);

/** Returns an object with the list under the key, or without the key if the list is empty. */
function present<K extends string>(key: K, list: readonly string[] | undefined): Partial<Record<K, readonly string[]>> {
  return list === undefined || list.length === 0 ? {} : ({ [key]: list } as Record<K, readonly string[]>);
}

function groupElement({ name, versions }: ApiGroup): ApiGroupElement {
  const all = versions.map(({ version }) => ({ groupVersion: groupVersionOf(name, version), version }));
  return { name, versions: all, preferredVersion: all[0] };
}

/** Returns the document at `/api`, which only a server of the core group has. */
export function apiVersions(versions: readonly string[]): ApiVersions {
  return {
    kind: 'APIVersions',
    versions,
    serverAddressByClientCIDRs: [],
  };
}

/** Returns the document at `/apis` for clients that do not request the aggregated document. */
export function apiGroupList(groups: readonly ApiGroup[]): ApiGroupList {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(groupElement),
  };
}

/** Returns the document at `/apis/G`. */
export function apiGroupDocument(group: ApiGroup): ApiGroupDocument {
  return {
    kind: 'APIGroup',
    apiVersion: 'v1',
    ...groupElement(group),
  };
}

/** Returns the first 8 bytes of the SHA-256 of `G/V/Kind` as base64. The storage-version migrator detects changes by this hash. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function resourceElement(group: string, resource: ApiResource): ApiResourceElement {
  return {
    name: resource.name,
    singularName: resource.singularName,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...present('shortNames', resource.shortNames),
    ...present('categories', resource.categories),
    ...(resource.storageVersion === undefined
      ? {}
      : { storageVersionHash: storageVersionHash(group, resource.storageVersion, resource.kind) }),
  };
}

/**
 * Returns the document at `/apis/G/V`, or at `/api/v1` if `group` is empty. A resource without verbs has no element, only its subresources
 * have: clients would otherwise prefer it to a resource of the same name in another group.
 */
export function apiResourceList(group: string, { version, resources }: ApiVersion): ApiResourceList {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersionOf(group, version),
    resources: resources.flatMap(({ subresources = [], ...resource }): readonly ApiResourceElement[] => [
      ...(resource.verbs.length === 0 ? [] : [resourceElement(group, resource)]),
      ...subresources.map((subresource) => ({
        name: `${resource.name}/${subresource.name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...(subresource.group === undefined ? {} : { group: subresource.group }),
        ...(subresource.version === undefined ? {} : { version: subresource.version }),
        kind: subresource.kind ?? resource.kind,
        verbs: subresource.verbs,
      })),
    ]),
  };
}
