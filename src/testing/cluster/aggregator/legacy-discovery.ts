import type { VersionDiscovery } from '../aggregated-apis.ts';

interface LegacyResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** An `APIResourceList` as a version of aggregated discovery. Subresources are put under their resource. */
export function versionDiscoveryOf(
  group: string,
  version: string,
  list: { readonly resources?: readonly LegacyResource[] | null },
): VersionDiscovery {
  const responseKind = (resource: LegacyResource): object => ({
    group: resource.group || group,
    version: resource.version || version,
    kind: resource.kind,
  });
  const all = list.resources ?? [];
  const resources = all.filter(({ name }) => !name.includes('/'));
  return {
    version,
    resources: resources.map((resource) => {
      const { name, singularName = '', namespaced = false, verbs = [], shortNames, categories } = resource;
      const subresources = all.filter((one) => one.name.startsWith(`${name}/`));
      return {
        resource: name,
        responseKind: responseKind(resource),
        scope: namespaced ? 'Namespaced' : 'Cluster',
        singularResource: singularName,
        verbs,
        ...(shortNames === undefined ? {} : { shortNames }),
        ...(categories === undefined ? {} : { categories }),
        ...(subresources.length === 0
          ? {}
          : {
              subresources: subresources.map((one) => ({
                subresource: one.name.slice(name.length + 1),
                responseKind: responseKind(one),
                verbs: one.verbs ?? [],
              })),
            }),
      };
    }),
    freshness: 'Current',
  };
}
