/**
 * Routes requests for resources to reads, writes, watches, reviews and subresources, by the paths and methods of
 * conformance 8.
 * @module
 */
import { groupResourceOf } from '../../../server/wire/writes/written-kind.ts';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { requirePathSegmentName } from '../../../server/wire/names.ts';
import type { ResourceRequestInfo } from '../../../server/wire/request-info.ts';
import { methodNotAllowed, notFound, routeNotFound } from '../../../server/wire/status.ts';
import { unreachable } from '../../../unreachable.ts';
import {
  resourceNameOf,
  verbsOf,
  type ConnectSubresource,
  type ResourceKind,
  type ViewSubresource,
} from '../kinds/resource-kind.ts';
import type { Clock } from '../../../clock.ts';
import { bodyValue, formatOf, type Exchange } from './exchange.ts';
import { reads } from './reads.ts';
import { requestObject, type ObjectTarget } from './request-object.ts';
import type { ResourceTable } from '../storage/resource-table.ts';
import { sendValue } from './responses.ts';
import type { Storage } from '../storage/storage.ts';
import { keyOfParts } from '../../../key.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import type { Watches } from './watches.ts';
import { parseWriteOptions } from '../../../server/wire/writes/write-options.ts';
import { writes, type Written } from './writes.ts';

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

/** Serves a request for a resource. */
export type ResourceRoutes = (exchange: Exchange, info: ResourceRequestInfo, table: ResourceTable) => Promise<void>;

/** Returns the handler of all requests for resources. */
export function resourceRoutes(storage: Storage, clock: Clock, watches: Watches): ResourceRoutes {
  const { get, list } = reads(storage, clock);
  const write = writes(storage, clock);

  const review = async (exchange: Exchange, kind: ResourceKind, namespace: string): Promise<void> => {
    const format = formatOf(exchange, 'object', { table: false });
    const input = requestObject(await bodyValue(exchange), kind, { namespace, name: '' });
    if (kind.review === undefined) throw routeNotFound();
    await sendValue(exchange, 201, await kind.review(input, exchange.user, namespace), format);
  };

  const existing = (table: ResourceTable, { namespace, name }: ObjectTarget): CompleteObject => {
    const object = table.current.get(keyOfParts(namespace, name));
    if (object === undefined) throw notFound(groupResourceOf(table.kind), name);
    return object;
  };

  const connect = async (
    exchange: Exchange,
    table: ResourceTable,
    { namespace, name }: ObjectTarget,
    subresource: ConnectSubresource,
  ): Promise<void> => {
    if (exchange.info.verb !== 'create') throw methodNotAllowed({ allow: ['POST'] });
    const format = formatOf(exchange, 'object', { table: false });
    const body = (await bodyValue(exchange)) as KubernetesObject;
    const { dryRun } = parseWriteOptions(exchange.query, 'CreateOptions');
    const object = existing(table, { namespace, name });
    const result = await subresource.create({ object, user: exchange.user, body, dryRun, storage });
    await sendValue(exchange, 201, result, format);
  };

  const readView = (
    exchange: Exchange,
    table: ResourceTable,
    target: ObjectTarget,
    view: ViewSubresource,
  ): Promise<void> => {
    const format = formatOf(exchange, 'object', { table: false });
    return sendValue(exchange, 200, view.read(existing(table, target)), format);
  };

  /** Serves `/status` and the subresources of the kind. */
  const subresourceRoute = (
    exchange: Exchange,
    info: ResourceRequestInfo,
    table: ResourceTable,
    namespace: string,
  ): Promise<void> => {
    const { name, subresource, verb } = info;
    const target = { namespace, name };
    const declared = Object.hasOwn(table.kind.subresources ?? {}, subresource)
      ? table.kind.subresources?.[subresource]
      : undefined;
    const isStatus =
      subresource === 'status' && table.kind.statusSubresource !== false && table.kind.review === undefined;
    if (declared === undefined && !isStatus) throw routeNotFound();
    if (declared !== undefined && 'create' in declared) return connect(exchange, table, target, declared);
    const written: Written = declared ?? 'status';
    if (verb === 'get')
      return typeof written === 'string'
        ? get(exchange, table, namespace, name)
        : readView(exchange, table, target, written);
    if (verb === 'update') return write.update(exchange, table, target, written);
    if (verb === 'patch') return write.patch(exchange, table, target, written);
    throw methodNotAllowed({ allow: ['GET', 'PATCH', 'PUT'] });
  };

  return async (exchange, info, table) => {
    const { kind } = table;
    const namespace = scopeOf(kind, info);
    const { verb, name, isNamed } = info;
    if (isNamed) requirePathSegmentName(name);
    if (exchange.method === 'HEAD') throw methodNotAllowed();
    if (info.subresource !== '') return subresourceRoute(exchange, info, table, namespace);
    requireServed(kind, info);
    switch (verb) {
      case 'get':
        return get(exchange, table, namespace, name);
      case 'list':
        return list(exchange, table, namespace);
      case 'watch':
        return watches.open(exchange, table, namespace, isNamed ? name : '');
      case 'create':
        return kind.review === undefined ? write.create(exchange, table, namespace) : review(exchange, kind, namespace);
      case 'update':
        return write.update(exchange, table, { namespace, name }, 'main');
      case 'patch':
        return write.patch(exchange, table, { namespace, name }, 'main');
      case 'delete':
        return write.delete(exchange, table, { namespace, name });
      case 'deletecollection':
        return write.deleteCollection(exchange, table, namespace);
      case 'proxy':
      case '':
        throw methodNotAllowed();
      default:
        return unreachable(verb);
    }
  };
}

/**
 * Returns the namespace of a request. It is empty for all namespaces and for cluster-scoped kinds.
 * @throws ApiError 404 or 405 if the path does not fit the scope of the kind
 */
const scopeOf = (kind: ResourceKind, { namespace, isNamed, verb, parts }: ResourceRequestInfo): string => {
  if (parts.length > 3) throw routeNotFound();
  if (resourceNameOf(kind) === 'namespaces') return '';
  if (kind.namespaced === false) {
    if (namespace !== '') throw routeNotFound();
    return '';
  }
  if (namespace !== '') return namespace;
  if (isNamed) throw routeNotFound();
  // A client can read a namespaced kind in all namespaces at once, but cannot create an object there.
  if (verb === 'create') throw methodNotAllowed({ allow: ['GET', 'DELETE'] });
  return '';
};

const requireServed = (kind: ResourceKind, { verb, isNamed }: ResourceRequestInfo): void => {
  const verbs = verbsOf(kind);
  const isWrongPath = (isNamed && verb === 'create') || (!isNamed && (verb === 'update' || verb === 'patch'));
  const allow = [
    ...new Set(
      verbs
        .filter((served) => isNamed === ['get', 'update', 'patch', 'delete'].includes(served))
        .flatMap((served) => METHODS[served] ?? []),
    ),
  ];
  if (isWrongPath) throw methodNotAllowed({ allow });
  if (verbs.includes(verb)) return;
  if (verb === 'watch') throw methodNotAllowed({ resource: groupResourceOf(kind), verb, allow });
  throw methodNotAllowed({ allow });
};
