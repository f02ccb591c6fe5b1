import { etagOf } from '../../server/wire/aggregated-discovery.ts';
import { routeNotFound } from '../../server/wire/status.ts';
import { noAggregatedApis } from './aggregated-apis.ts';
import type { AggregatedApis } from './aggregated-apis.ts';
import { sendTagged } from './discovery-routes.ts';
import type { Route } from './discovery-routes.ts';
import { openApiV2, openApiV3 } from './openapi-documents.ts';
import { acceptsOpenApiV2Protobuf, encodeOpenApiV2, OPENAPI_V2_PROTOBUF } from './protobuf/openapi-v2.ts';
import { apiVersionOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import { sendBytes } from './responses.ts';
import type { Storage } from './storage.ts';

const JSON_TYPE = 'application/json';

/** `api/v1`, `apis/apps/v1` */
const pathOf = (kind: ResourceKind): string =>
  kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;

/** The hash a URL carries is that of the document, without the quotes of its ETag. */
const hashOf = (body: string): string => etagOf(body).slice(1, -1);

/** `/openapi/v2`, `/openapi/v3` and `/openapi/v3/…` (api-semantics 5.5, 5.6); v2 as protobuf, too. */
export function openApiRoutes(storage: Storage, aggregated: AggregatedApis = noAggregatedApis): Route {
  const documents = (): ReadonlyMap<string, string> => {
    const kinds = Map.groupBy(storage.kinds, pathOf);
    return new Map([...kinds].map(([path, members]) => [path, JSON.stringify(openApiV3(members))]));
  };
  return async (exchange) => {
    const path = exchange.path.replace(/^\/|\/$/g, '');
    if (path === 'openapi/v2') {
      const document = aggregated.openApiV2(openApiV2(storage.kinds));
      if (acceptsOpenApiV2Protobuf(exchange.request.headers.accept)) {
        await sendBytes(exchange, 200, { 'Content-Type': OPENAPI_V2_PROTOBUF }, encodeOpenApiV2(document));
      } else await sendTagged(exchange, JSON_TYPE, JSON.stringify(document));
      return true;
    }
    if (path === 'openapi/v3') {
      const paths = [...documents()].map(([key, body]) => [
        key,
        { serverRelativeURL: `/openapi/v3/${key}?hash=${hashOf(body)}` },
      ]);
      await sendTagged(
        exchange,
        JSON_TYPE,
        JSON.stringify({ paths: aggregated.openApiV3(Object.fromEntries(paths) as object as Record<string, unknown>) }),
      );
      return true;
    }
    if (!path.startsWith('openapi/v3/')) return false;
    const body = documents().get(path.slice('openapi/v3/'.length));
    if (body === undefined) throw routeNotFound();
    await sendTagged(exchange, JSON_TYPE, body);
    return true;
  };
}
