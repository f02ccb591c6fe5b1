/**
 * The APIs of a server: groups and versions with their resources, the checks of them, and their discovery and OpenAPI descriptions.
 * @module
 */
import { ServerDefinitionError } from '../errors.ts';
import { partsOf } from './opaque.ts';
import type { RawEndpoint, RawEndpointParts } from './raw-endpoint.ts';
import type { Resource, ResourceParts } from './resource.ts';
import type { ApiGroup } from '../wire/discovery.ts';
import { dns1123SubdomainMessage } from '../wire/names.ts';
import type { OpenApiGroupVersion } from '../wire/openapi/openapi-resource.ts';

/** A version of an API group, with its resources. */
export interface ApiDefinition {
  /** The API group: `example.com`. */
  readonly group: string;
  /** The version: `v1`, `v1beta1`. */
  readonly version: string;
  readonly resources: readonly (Resource | RawEndpoint)[];
}

/** A resource or raw endpoint, with the parts that the server needs. */
export type ServedItem = ResourceParts | RawEndpointParts;

/** An {@link ApiDefinition} with the parts of its resources. */
export interface ApiParts {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ServedItem[];
}

/**
 * Checks the APIs of a server.
 * @throws ServerDefinitionError naming the API or resource that cannot be served, alone or beside the others
 * @throws TypeError for a resource that was not made by `resource()` or `rawEndpoint()`
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

/** The groups as discovery tells of them. The first version of each is the preferred one. */
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
    if (served.has(groupVersion)) throw new ServerDefinitionError(`${groupVersion} is there twice`);
    served.add(groupVersion);
    for (const { discovery } of resources) {
      const { name, namespaced } = discovery;
      const known = scopes.get(`${group}/${name}`) ?? namespaced;
      if (known !== namespaced) throw new ServerDefinitionError(`${name}.${group} is namespaced in one version only`);
      scopes.set(`${group}/${name}`, namespaced);
    }
  }
}

/** What OpenAPI tells of it: raw endpoints are not of a form that could be told. */
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
    throw new ServerDefinitionError(`group "${group}" must be a DNS name with a dot in it, like example.com`);
  }
  if (!/^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$/.test(version)) {
    throw new ServerDefinitionError(`version "${version}" must be like v1, v1beta1 or v1alpha1`);
  }
  if (items.length === 0) throw new ServerDefinitionError(`${group}/${version} has no resources`);
  const names = new Map<string, ServedItem>();
  for (const item of items) {
    for (const name of [item.discovery.name, ...(item.discovery.shortNames ?? [])]) {
      const other = names.get(name);
      if (other !== undefined) throw new ServerDefinitionError(namesBoth(name, other, item));
      names.set(name, item);
    }
  }
  // A row's uid is made from the kind: two resources of one kind would share them.
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

function namesBoth(name: string, one: ServedItem, other: ServedItem): string {
  if (one === other) return `"${name}" names ${one.discovery.name} twice`;
  const [isRaw, areAlike] = [one.type === 'raw', (one.type === 'raw') === (other.type === 'raw')];
  if (areAlike && one.discovery.name === other.discovery.name) {
    return `there are two ${isRaw ? 'raw endpoints' : 'resources'} "${name}"`;
  }
  const described = ({ type, discovery }: ServedItem): string =>
    type === 'raw' ? `the raw endpoint ${discovery.name}` : discovery.name;
  return `"${name}" names both ${described(one)} and ${described(other)}`;
}
