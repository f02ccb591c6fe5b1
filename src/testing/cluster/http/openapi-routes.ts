/**
 * OpenAPI v2 and v3 of the cluster's own kinds (conformance 5.5, 5.6). The documents list the operations, but every
 * schema is an open object. kubectl reads them before it writes: it looks for PATCH operations with `dryRun` and
 * `fieldValidation`, and finds that there is no strategic merge patch.
 * @module
 */
import { etagOf } from '../../../server/wire/aggregated-discovery.ts';
import { routeNotFound } from '../../../server/wire/status.ts';
import { noAggregatedApis, type AggregatedApis } from './aggregated-apis.ts';
import { apiVersionOf, verbsOf, type ResourceKind } from '../kinds/resource-kind.ts';
import { sendTagged, type Route } from './discovery-routes.ts';
import { OPENAPI_V2_PROTOBUF, acceptsOpenApiV2Protobuf, encodeOpenApiV2 } from '../protobuf/openapi-v2.ts';
import { sendBytes } from './responses.ts';
import type { Storage } from '../storage/storage.ts';

const JSON_TYPE = 'application/json';

/** Returns the path of the group version of a kind: `api/v1`, `apis/apps/v1`. */
const pathOf = (kind: ResourceKind): string =>
  kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;

/** Returns the hash of a document for its URL: the ETag without quotes. */
const hashOf = (body: string): string => etagOf(body).slice(1, -1);

/** Serves `/openapi/v2`, `/openapi/v3` and `/openapi/v3/…`. The v2 document is also available as protobuf. */
export function openApiRoutes(storage: Storage, aggregated: AggregatedApis = noAggregatedApis): Route {
  const documents = (): ReadonlyMap<string, string> => {
    const kinds = Map.groupBy(storage.kinds, pathOf);
    return new Map([...kinds].map(([path, members]) => [path, JSON.stringify(serveOpenApiV3(members))]));
  };
  return async (exchange) => {
    const path = exchange.path.replace(/^\/|\/$/g, '');
    if (path === 'openapi/v2') {
      const document = aggregated.openApiV2(serveOpenApiV2(storage.kinds));
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

type Document = Readonly<Record<string, unknown>>;

/**
 * Returns the name of a schema. It begins with the reversed domain, so that the documents of several servers can be
 * merged.
 */
const schemaName = ({ group, version, kind, builtIn }: ResourceKind): string => {
  if (builtIn === true)
    return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? group)}.${version}.${kind}`;
  return [...group.split('.').toReversed(), version, kind].join('.');
};

const gvk = ({ group, version, kind }: ResourceKind): Document => ({ group, version, kind });

const schemaOf = (kind: ResourceKind): Document => ({
  type: 'object',
  description: `${kind.kind}. Its schema is not published; any field is accepted.`,
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
  'x-kubernetes-preserve-unknown-fields': true,
  'x-kubernetes-group-version-kind': [gvk(kind)],
});

type Action = 'get' | 'list' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection';

const QUERY = { dryRun: 'string', fieldManager: 'string', fieldValidation: 'string' } as const;
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json'];

/**
 * Returns an operation in OpenAPI v3, or in Swagger 2.0 for `version` 2. The two differ in the form of types, bodies
 * and responses.
 */
const operation = (kind: ResourceKind, action: Action, version: 2 | 3): Document => {
  const reference = { $ref: `#/${version === 3 ? 'components/schemas' : 'definitions'}/${schemaName(kind)}` };
  const isWrite = action === 'post' || action === 'put' || action === 'patch';
  const parameters = isWrite || action === 'delete' ? Object.entries(QUERY) : [];
  const typed = (type: string): Document => (version === 3 ? { schema: { type } } : { type });
  const body = action === 'patch' ? { type: 'object' } : reference;
  const consumes = action === 'patch' ? PATCH_TYPES : ['application/json'];
  return {
    operationId: `${action}${kind.version}${kind.group.split('.')[0] ?? ''}${kind.kind}`,
    parameters: [
      ...parameters.map(([name, type]) => ({ name, in: 'query', ...typed(type) })),
      ...(isWrite && version === 2 ? [{ name: 'body', in: 'body', required: true, schema: body }] : []),
    ],
    ...(isWrite && version === 3
      ? {
          requestBody: {
            required: true,
            content: Object.fromEntries(consumes.map((type) => [type, { schema: body }])),
          },
        }
      : {}),
    ...(isWrite && version === 2 ? { consumes } : {}),
    ...(version === 2 ? { produces: ['application/json'] } : {}),
    responses: {
      200: {
        description: 'OK',
        ...(version === 3 ? { content: { 'application/json': { schema: reference } } } : { schema: reference }),
      },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(kind),
  };
};

const COLLECTION_ACTIONS = [
  ['get', 'list', 'list'],
  ['post', 'create', 'post'],
  ['delete', 'deletecollection', 'deletecollection'],
] as const;
const OBJECT_ACTIONS = [
  ['get', 'get', 'get'],
  ['put', 'update', 'put'],
  ['patch', 'patch', 'patch'],
  ['delete', 'delete', 'delete'],
] as const;

const pathsOf = (kind: ResourceKind, version: 2 | 3): Readonly<Record<string, Document>> => {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const collection =
    kind.namespaced === false ? `${root}/${kind.plural}` : `${root}/namespaces/{namespace}/${kind.plural}`;
  const verbs = verbsOf(kind);
  const path = (
    url: string,
    actions: readonly (readonly [string, string, Action])[],
  ): readonly [string, Document][] => {
    const names = [...url.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const typed = version === 3 ? { schema: { type: 'string' } } : { type: 'string' };
    const served = actions.filter(([, verb]) => verbs.includes(verb));
    if (served.length === 0) return [];
    const operations = served.map(([method, , action]) => [method, operation(kind, action, version)]);
    return [
      [
        url,
        {
          parameters: names.map((name) => ({ name, in: 'path', required: true, ...typed })),
          ...Object.fromEntries(operations),
        },
      ],
    ];
  };
  return Object.fromEntries([...path(collection, COLLECTION_ACTIONS), ...path(`${collection}/{name}`, OBJECT_ACTIONS)]);
};

const INFO = { title: 'Kubernetes', version: 'v1.36.0' };

/** Returns the OpenAPI v3 document of the kinds of one group version. */
function serveOpenApiV3(kinds: readonly ResourceKind[]): Document {
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, 3))) as Document,
    components: { schemas: Object.fromEntries(kinds.map((kind) => [schemaName(kind), schemaOf(kind)])) },
  };
}

/** Returns the OpenAPI v2 (Swagger 2.0) document of all kinds. */
function serveOpenApiV2(kinds: readonly ResourceKind[]): Document {
  return {
    swagger: '2.0',
    info: INFO,
    paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, 2))) as Document,
    definitions: Object.fromEntries(kinds.map((kind) => [schemaName(kind), schemaOf(kind)])),
  };
}
