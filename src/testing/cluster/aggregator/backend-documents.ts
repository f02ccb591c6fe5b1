/**
 * Reads the discovery and OpenAPI documents of one backend (conformance 5.4 to 5.6), and converts legacy discovery
 * into the aggregated form.
 * @module
 */
import type { Clock } from '../../../clock.ts';
import type { DiscoveryEntry, VersionDiscovery } from '../http/aggregated-apis.ts';
import type { ApiService } from './api-service.ts';
import type { BackendConnection } from './backend-connection.ts';
import { AGGREGATOR, AGGREGATOR_WITHOUT_GROUPS, OPENAPI_AGGREGATOR, readDocument } from './backend-reader.ts';

/** The discovery of one backend. The next poll sends the ETag, so that the backend can respond with 304. */
export interface BackendDiscovery {
  readonly etag: string | undefined;
  /** The discovery of each version by group version, `G/V`. */
  readonly versions: ReadonlyMap<string, VersionDiscovery>;
}

const DISCOVERY_TIMEOUT = 5000;

const AGGREGATED_DISCOVERY = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/**
 * Reads the discovery of a backend: its aggregated document, or the legacy document of each registered version if the
 * former is missing. Rejects if the backend has neither; the known discovery is then stale.
 */
export async function readDiscovery(
  backend: BackendConnection,
  registered: Iterable<Pick<ApiService, 'group' | 'version'>>,
  before: BackendDiscovery | undefined,
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<BackendDiscovery> {
  const common = { timeout: DISCOVERY_TIMEOUT, ...context };
  const { status, headers, text } = await readDocument(backend, {
    ...common,
    path: '/apis',
    user: AGGREGATOR,
    accept: AGGREGATED_DISCOVERY,
    etag: before?.etag,
  });
  if (status === 304 && before !== undefined) return before;
  if (status === 503) throw new Error('the backend has no discovery document now (503)');
  if (status === 200 && isAggregated(headers['content-type']))
    return {
      etag: headers.etag,
      versions: versionsOf(JSON.parse(text) as { readonly items?: readonly DiscoveryEntry[] }),
    };
  const versions = new Map<string, VersionDiscovery>();
  for (const { group, version } of registered) {
    const path = `/apis/${group}/${version}`;
    const legacy = await readDocument(backend, {
      ...common,
      path,
      user: AGGREGATOR_WITHOUT_GROUPS,
      accept: 'application/json',
    });
    if (legacy.status === 200)
      versions.set(`${group}/${version}`, versionDiscoveryOf(group, version, JSON.parse(legacy.text) as object));
  }
  return { etag: undefined, versions };
}

/** Returns true for the media type of aggregated discovery, with its parameters in any order. */
const isAggregated = (contentType: string | undefined): boolean => {
  const [type, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  return (
    type === 'application/json' &&
    parameters.includes('g=apidiscovery.k8s.io') &&
    parameters.includes('as=APIGroupDiscoveryList') &&
    (parameters.includes('v=v2') || parameters.includes('v=v2beta1'))
  );
};

const versionsOf = ({
  items = [],
}: {
  readonly items?: readonly DiscoveryEntry[];
}): ReadonlyMap<string, VersionDiscovery> =>
  new Map(
    items.flatMap(({ metadata, versions }) =>
      versions.map((version): [string, VersionDiscovery] => [
        `${metadata.name}/${version.version}`,
        { ...version, freshness: 'Current' },
      ]),
    ),
  );

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

/** Converts an `APIResourceList` to a version of aggregated discovery. Subresources are moved into their resource. */
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

/** A document, and its ETag for the next poll. */
export interface OpenApiDocument {
  readonly etag: string | undefined;
  readonly document: Readonly<Record<string, unknown>>;
}

const OPENAPI_TIMEOUT = 60_000;

/**
 * Reads `/openapi/v2`, or the root document `/openapi/v3`. Returns undefined if the backend has no such document (404).
 * Rejects for all other responses without a document.
 */
export async function readOpenApi(
  backend: BackendConnection,
  path: '/openapi/v2' | '/openapi/v3',
  before: OpenApiDocument | undefined,
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<OpenApiDocument | undefined> {
  const { status, headers, text } = await readDocument(backend, {
    path,
    user: OPENAPI_AGGREGATOR,
    accept: path === '/openapi/v2' ? 'application/json' : undefined,
    etag: before?.etag,
    timeout: OPENAPI_TIMEOUT,
    ...context,
  });
  if (status === 304 && before !== undefined) return before;
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: status ${status}`);
  return { etag: headers.etag, document: JSON.parse(text) as Readonly<Record<string, unknown>> };
}
