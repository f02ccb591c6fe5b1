/**
 * Discovery of the API: the legacy documents and the aggregated one (conformance 5.1, 5.2), made from the kinds in
 * storage.
 * @module
 */
import { apiGroupDiscoveryList, etagOf } from '../../../server/wire/aggregated-discovery.ts';
import { encodeBody } from '../../../server/wire/body.ts';
import {
  apiGroupList,
  apiResourceList,
  apiVersions,
  type ApiGroup,
  type ApiResource,
  type ApiSubresource,
  type ApiVersion,
} from '../../../server/wire/discovery.ts';
import { contentTypeOf } from '../../../server/wire/negotiation.ts';
import { noAggregatedApis, type AggregatedApis } from './aggregated-apis.ts';
import { formatOf, type Exchange } from './exchange.ts';
import { verbsOf, type ResourceKind, type Subresource } from '../kinds/resource-kind.ts';
import { commonHeaders, sendBytes, sendValue } from './responses.ts';
import type { Storage } from '../storage/storage.ts';

/** Serves a request and returns true, or returns false if the path is not its own. */
export type Route = (exchange: Exchange) => Promise<boolean>;

/** Sends a document with its ETag, or 304 if the client has this version. */
export async function sendTagged(exchange: Exchange, contentType: string, body: string): Promise<void> {
  const { request, response } = exchange;
  const etag = etagOf(body);
  const headers = { ETag: etag, Vary: 'Accept', 'Cache-Control': 'public' };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ...commonHeaders(exchange), ...headers });
    response.end();
    return;
  }
  await sendBytes(exchange, 200, { ...headers, 'Content-Type': contentType }, Buffer.from(body));
}

/**
 * Serves `/api`, `/api/v1`, `/apis`, `/apis/G` and `/apis/G/V`, in both forms of discovery (conformance 5.1, 5.2).
 */
export function discoveryRoutes(storage: Storage, aggregated: AggregatedApis = noAggregatedApis): Route {
  const groups = (): ReturnType<typeof apiGroups> => apiGroups(storage.kinds);
  const core = (): ReturnType<typeof apiGroups> => groups().filter(({ name }) => name === '');
  const named = (): ReturnType<typeof apiGroups> => groups().filter(({ name }) => name !== '');
  const groupElements = (): ReturnType<AggregatedApis['groupList']> =>
    aggregated.groupList(apiGroupList(named()).groups);

  /** Sends the legacy or the aggregated document, as the client requests. */
  const sendRequestedForm = async (
    exchange: Exchange,
    legacy: () => object,
    items: () => readonly unknown[],
  ): Promise<true> => {
    const format = formatOf(exchange, 'discovery');
    if (format.transform.as === 'APIGroupDiscoveryList') {
      const list = { ...apiGroupDiscoveryList([]), items: items() };
      await sendTagged(exchange, contentTypeOf(format), encodeBody(list, format));
    } else await sendValue(exchange, 200, legacy(), format);
    return true;
  };

  const resources = async (exchange: Exchange, group: string, version: string): Promise<boolean> => {
    const found = groups()
      .find(({ name }) => name === group)
      ?.versions.find((candidate) => candidate.version === version);
    if (found === undefined) return false;
    await sendValue(exchange, 200, apiResourceList(group, found), formatOf(exchange, 'plain'));
    return true;
  };

  return async (exchange) => {
    const [root, first, second, ...rest] = exchange.path.split('/').filter((segment) => segment !== '');
    if (rest.length > 0) return false;
    if (root === 'api') {
      if (first === undefined) {
        const versions = core().flatMap((group) => group.versions.map(({ version }) => version));
        return sendRequestedForm(
          exchange,
          () => apiVersions(versions),
          () => apiGroupDiscoveryList(core()).items,
        );
      }
      return second === undefined && resources(exchange, '', first);
    }
    if (root !== 'apis') return false;
    if (first === undefined) {
      return sendRequestedForm(
        exchange,
        () => ({ ...apiGroupList([]), groups: groupElements() }),
        () => aggregated.discovery(apiGroupDiscoveryList(named()).items),
      );
    }
    if (second !== undefined) return resources(exchange, first, second);
    const group = groupElements().find(({ name }) => name === first);
    if (group === undefined) return false;
    await sendValue(exchange, 200, { kind: 'APIGroup', apiVersion: 'v1', ...group }, formatOf(exchange, 'plain'));
    return true;
  };
}

const READ_WRITE = ['get', 'patch', 'update'];

const described = (name: string, subresource: Subresource): ApiSubresource => {
  const { group, version, kind } = subresource;
  return { name, kind, group, version, verbs: 'read' in subresource ? READ_WRITE : ['create'] };
};

/** Returns the discovery entry of a kind. It lists exactly the verbs and subresources that are served. */
function apiResource(kind: ResourceKind): ApiResource {
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

/** Returns the groups of kinds in the order of their first kind. The core group has the empty name. */
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
