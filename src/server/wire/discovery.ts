import { createHash } from 'node:crypto';

// Discovery documents (api-semantics 5.1, 5.2), made from definitions alone: they are the same whatever the state of any cache.

/** A subresource as discovery tells of it. */
export interface ApiSubresource {
  /** `status`, `scale`, … */
  readonly name: string;
  readonly verbs: readonly string[];
  /** The resource's own kind by default. */
  readonly kind?: string | undefined;
  /** Group and version of the kind, where they are not those of the resource: `autoscaling`, `v1` of a Scale. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
}

/** A resource as discovery tells of it. */
export interface ApiResource {
  /** The plural. */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  /** A contract: garbage collector and namespace controller act on what is listed here. */
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly subresources?: readonly ApiSubresource[] | undefined;
  /** The version objects are stored in, if they are stored: it makes the storageVersionHash. */
  readonly storageVersion?: string | undefined;
}

export interface ApiVersion {
  readonly version: string;
  readonly resources: readonly ApiResource[];
}

export interface ApiGroup {
  /** Empty for the core group. */
  readonly name: string;
  /** Most preferred first; at least one. */
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

/** Lists that are empty are left out. */
function present<K extends string>(key: K, list: readonly string[] | undefined): Partial<Record<K, readonly string[]>> {
  return list === undefined || list.length === 0 ? {} : ({ [key]: list } as Record<K, readonly string[]>);
}

function groupElement({ name, versions }: ApiGroup): ApiGroupElement {
  const all = versions.map(({ version }) => ({ groupVersion: groupVersionOf(name, version), version }));
  return { name, versions: all, preferredVersion: all[0] };
}

/** `/api`: only a server of the core group has it. */
export function apiVersions(versions: readonly string[]): ApiVersions {
  return {
    kind: 'APIVersions',
    versions,
    serverAddressByClientCIDRs: [],
  };
}

/** `/apis` for clients that do not ask for the aggregated document. */
export function apiGroupList(groups: readonly ApiGroup[]): ApiGroupList {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(groupElement),
  };
}

/** `/apis/G` */
export function apiGroupDocument(group: ApiGroup): ApiGroupDocument {
  return {
    kind: 'APIGroup',
    apiVersion: 'v1',
    ...groupElement(group),
  };
}

/** Standard base64 of the first 8 bytes of SHA-256 of `G/V/Kind`, by which the storage-version migrator sees a change. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

/** `/apis/G/V`, or `/api/v1` where `group` is empty. */
export function apiResourceList(group: string, { version, resources }: ApiVersion): ApiResourceList {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersionOf(group, version),
    resources: resources.flatMap(({ subresources = [], ...resource }): readonly ApiResourceElement[] => [
      {
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
      },
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
