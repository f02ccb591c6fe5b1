/**
 * The APIs of a server: its groups and versions with their resources, their checks, and their descriptions for discovery and OpenAPI.
 * @module
 */
import { ServerDefinitionError } from '../errors.ts';
import type { ApiGroup } from '../wire/discovery.ts';
import { dns1123SubdomainMessage } from '../../object-meta/names.ts';
import type { OpenApiGroupVersion } from '../wire/openapi/openapi-resource.ts';
import type { Need } from './needs.ts';
import { partsOf } from './opaque.ts';
import type { RawEndpoint, RawEndpointParts } from './raw-endpoint.ts';
import type { Resource, ResourceParts } from './resource.ts';

/** A version of an API group, with its resources. */
export interface ApiDefinition {
  /** The API group: `example.com`. */
  readonly group: string;
  /** The version: `v1`, `v1beta1`. */
  readonly version: string;
  /** At least one resource or raw endpoint. Names and kinds are unique. */
  readonly resources: readonly (Resource | RawEndpoint)[];
}

/** The parts of a resource or raw endpoint. */
export type ServedItem = ResourceParts | RawEndpointParts;

/** An {@link ApiDefinition} with the parts of its resources. */
export interface ApiParts {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ServedItem[];
}

/**
 * Returns the parts of the APIs of a server, after checking them.
 * @throws ServerDefinitionError that names the invalid group, version or resource, or the two that conflict
 * @throws TypeError for an item that was not made by `resource()` or `rawEndpoint()`
 */
export function apiPartsOf(apis: readonly ApiDefinition[]): ApiParts[] {
  if (!Array.isArray(apis) || apis.length === 0) {
    throw new ServerDefinitionError('apis must be an array with at least one { group, version, resources }');
  }
  const parts = apis.map(({ group, version, resources }): ApiParts => ({
    group,
    version,
    resources: resources.map((item: Resource | RawEndpoint): ServedItem => partsOf<ServedItem>(item)),
  }));
  checkApis(parts);
  return parts;
}

/** Returns the needs of all resources and raw endpoints. */
export function needsOf(apis: readonly ApiParts[]): Need[] {
  const items = apis.flatMap(({ resources }) => resources);
  return items.flatMap((item) => (item.type === 'raw' ? item.needs : (item.definition.needs ?? [])));
}

/** Whether a server reads the namespaces of the cluster, because custom resources can be created in existing ones only. */
export function readsNamespaces(apis: readonly ApiParts[]): boolean {
  return apis.some(({ resources }) => resources.some((item) => item.type === 'custom' && item.definition.namespaced));
}

/** Whether a server reads the roles and bindings of the cluster, because a resource shows the rows that its caller may see. */
export function readsRights(apis: readonly ApiParts[]): boolean {
  return apis.some(({ resources }) =>
    resources.some((item) => item.type === 'projection' && item.access?.mode === 'rows'),
  );
}

/** Returns the groups for discovery. The first version of each group is the preferred one. */
export function apiGroupsOf(apis: readonly ApiParts[]): ApiGroup[] {
  const groups = Map.groupBy(apis, ({ group }) => group);
  return Array.from(groups, ([name, versions]) => ({
    name,
    versions: versions.map(({ version, resources }) => ({
      version,
      resources: resources.flatMap((item) => (item.type === 'raw' && item.isHidden ? [] : [item.discovery])),
    })),
  }));
}

function checkApis(apis: readonly ApiParts[]): void {
  apis.forEach(checkApi);
  const served = new Set<string>();
  const scopes = new Map<string, boolean>();
  for (const { group, version, resources } of apis) {
    const groupVersion = `${group}/${version}`;
    if (served.has(groupVersion))
      throw new ServerDefinitionError(`apis: ${groupVersion} is defined twice; put its resources into one item`);
    served.add(groupVersion);
    for (const { discovery } of resources) {
      const { name, namespaced } = discovery;
      const isNamespaced = scopes.get(`${group}/${name}`) ?? namespaced;
      if (isNamespaced !== namespaced)
        throw new ServerDefinitionError(`${name}.${group} is namespaced in one version and cluster-scoped in another`);
      scopes.set(`${group}/${name}`, namespaced);
    }
  }
}

/** Returns the resources for OpenAPI. Raw endpoints are left out, because their form is unknown. */
export function openApiOf({ group, version, resources }: ApiParts): OpenApiGroupVersion {
  const described = resources.flatMap((item) => {
    if (item.type === 'raw') return [];
    const { kind, name: plural, namespaced, verbs, subresources } = item.discovery;
    const { definition, selectableFields } = item;
    return [{ kind, plural, namespaced, verbs, subresources, schema: definition.schema, selectableFields }];
  });
  return { group, version, resources: described };
}

function checkApi({ group, version, resources: items }: ApiParts): void {
  const message = dns1123SubdomainMessage(group);
  if (message !== undefined || !group.includes('.')) {
    throw new ServerDefinitionError(`group "${group}" must be a DNS name with a dot, like example.com`);
  }
  if (!/^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$/.test(version)) {
    throw new ServerDefinitionError(`version "${version}" must be like v1, v1beta1 or v1alpha1`);
  }
  if (items.length === 0) throw new ServerDefinitionError(`${group}/${version} has no resources; add at least one`);
  const names = new Map<string, ServedItem>();
  for (const item of items) {
    for (const name of [item.discovery.name, ...(item.discovery.shortNames ?? [])]) {
      const other = names.get(name);
      if (other !== undefined) throw new ServerDefinitionError(nameConflict(name, other, item));
      names.set(name, item);
    }
  }
  // The uid of a row is derived from its kind, so two resources of one kind would have rows with the same uid.
  const kinds = new Map<string, string>();
  for (const { type, discovery } of items) {
    if (type === 'raw') continue;
    const other = kinds.get(discovery.kind);
    if (other !== undefined) {
      throw new ServerDefinitionError(`"${discovery.kind}" is the kind of both ${other} and ${discovery.name}`);
    }
    kinds.set(discovery.kind, discovery.name);
  }
}

function nameConflict(name: string, one: ServedItem, other: ServedItem): string {
  if (one === other) return `"${name}" names ${one.discovery.name} twice`;
  const isRaw = one.type === 'raw';
  if (isRaw === (other.type === 'raw') && one.discovery.name === other.discovery.name) {
    return `there are two ${isRaw ? 'raw endpoints' : 'resources'} "${name}"`;
  }
  const described = ({ type, discovery }: ServedItem): string =>
    type === 'raw' ? `the raw endpoint ${discovery.name}` : discovery.name;
  return `"${name}" names both ${described(one)} and ${described(other)}`;
}
