/**
 * Adds the discovery and OpenAPI documents of registered API servers to those of the cluster.
 * @module
 */
import {
  sortedByPriority,
  localPriority,
  type AggregatedApis,
  type DiscoveryEntry,
  type GroupEntry,
  type VersionDiscovery,
  type VersionPriority,
} from '../http/aggregated-apis.ts';
import type { ApiService } from './api-service.ts';
import type { Backend } from './backend.ts';
import { mergeOpenApiV2 } from './openapi-merge.ts';

/** An APIService and the documents of the server behind it. */
export interface Registration {
  readonly apiService: ApiService;
  readonly backend: Pick<Backend, 'discovery' | 'openApiV2' | 'openApiV3'>;
}

interface OrderedVersion<T> extends VersionPriority {
  readonly group: string;
  readonly version: string;
  readonly content: T;
}

/** Returns the functions that add the latest documents of the registered servers to those of the cluster. */
export function aggregatedDocuments(registrations: () => readonly Registration[]): AggregatedApis {
  /** Merges versions of the cluster and of the registered servers. If both serve a version, the APIService wins. */
  const merged = <T>(
    local: readonly Omit<OrderedVersion<T>, keyof VersionPriority>[],
    content: (registration: Registration) => T,
  ): ReturnType<typeof sortedByPriority<OrderedVersion<T>>> => {
    const remote = registrations().map((one): OrderedVersion<T> => ({ ...one.apiService, content: content(one) }));
    const remoteNames = new Set(remote.map(({ group, version }) => `${group}/${version}`));
    const own = local
      .filter(({ group, version }) => !remoteNames.has(`${group}/${version}`))
      .map((one): OrderedVersion<T> => ({ ...one, ...localPriority(one.group) }));
    return sortedByPriority([...own, ...remote]);
  };

  return {
    groupList: (groups) =>
      merged(
        groups.flatMap(({ name, versions }) =>
          versions.map(({ version }) => ({ group: name, version, content: undefined })),
        ),
        () => undefined,
      ).map(({ group, versions }): GroupEntry => {
        const entries = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }));
        return {
          ...groups.find(({ name }) => name === group),
          name: group,
          versions: entries,
          preferredVersion: entries[0],
        };
      }),

    discovery: (groups) =>
      merged<VersionDiscovery>(
        groups.flatMap(({ metadata, versions }) =>
          versions.map((content) => ({ group: metadata.name, version: content.version, content })),
        ),
        ({ apiService: { group, version }, backend }) => backend.discovery(group, version),
      ).map(({ group, versions }): DiscoveryEntry => ({
        metadata: groups.find(({ metadata }) => metadata.name === group)?.metadata ?? {
          name: group,
          creationTimestamp: null,
        },
        versions: versions.map(({ content }) => content),
      })),

    openApiV2: (document) => {
      let result = document;
      for (const [backend, prefixes] of prefixesByBackend(registrations())) {
        const other = backend.openApiV2();
        if (other !== undefined) result = mergeOpenApiV2(result, other, prefixes);
      }
      return result;
    },

    openApiV3: (paths) => {
      const added = Object.fromEntries(registrations().flatMap(({ backend }) => Object.entries(backend.openApiV3())));
      return { ...added, ...paths };
    },
  };
}

const prefixesByBackend = (
  registrations: readonly Registration[],
): ReadonlyMap<Registration['backend'], readonly string[]> => {
  const prefixes = new Map<Registration['backend'], string[]>();
  for (const { backend, apiService } of registrations) {
    const known = prefixes.get(backend) ?? [];
    known.push(`/apis/${apiService.group}/${apiService.version}`);
    prefixes.set(backend, known);
  }
  return prefixes;
};
