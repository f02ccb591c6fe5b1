import type { ApiGroup, ApiResource, ApiSubresource, ApiVersion } from '../../server/wire/discovery.ts';
import { ALL_VERBS } from './resource-kind.ts';
import type { ResourceKind, Subresource } from './resource-kind.ts';

const READ_WRITE = ['get', 'patch', 'update'];

/** The verbs a resource is served with. */
export function verbsOf({ verbs, review }: ResourceKind): readonly string[] {
  return verbs ?? (review === undefined ? ALL_VERBS : ['create']);
}

const described = (name: string, subresource: Subresource): ApiSubresource => {
  const { group, version, kind } = subresource;
  return { name, kind, group, version, verbs: 'read' in subresource ? READ_WRITE : ['create'] };
};

/** What discovery tells of a kind: exactly what is served. */
export function apiResource(kind: ResourceKind): ApiResource {
  const isStored = kind.review === undefined;
  const subresources = Object.entries(kind.subresources ?? {}).map(([name, subresource]) =>
    described(name, subresource),
  );
  const hasStatus = isStored && kind.statusSubresource !== false;
  return {
    name: kind.plural,
    singularName: kind.singular ?? kind.kind.toLowerCase(),
    namespaced: kind.namespaced !== false,
    kind: kind.kind,
    verbs: verbsOf(kind),
    shortNames: kind.shortNames,
    categories: kind.categories,
    subresources: [...subresources, ...(hasStatus ? [{ name: 'status', verbs: READ_WRITE }] : [])],
    storageVersion: isStored ? kind.version : undefined,
  };
}

/** The groups of some kinds, in the order in which they first occur; the core group has the empty name. */
export function apiGroups(kinds: readonly ResourceKind[]): readonly ApiGroup[] {
  const groups = new Map<string, Map<string, ApiResource[]>>();
  for (const kind of kinds) {
    const versions = groups.get(kind.group) ?? new Map<string, ApiResource[]>();
    groups.set(kind.group, versions);
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), apiResource(kind)]);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions].map(([version, resources]): ApiVersion => ({ version, resources })),
  }));
}
