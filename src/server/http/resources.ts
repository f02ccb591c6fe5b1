/**
 * The routes of requests for resources: finds the function that handles the verb (conformance 8).
 * @module
 */
import type { RowObject } from '../../projections/row.ts';
import { isLimitedToRows } from '../access/source-authorization.ts';
import type { VisibleRows } from '../access/visible-rows.ts';
import type { RawEndpointParts } from '../define/raw-endpoint.ts';
import { requireSegment } from '../define/raw-paths.ts';
import type { RequestContext } from '../define/request-context.ts';
import type { SourceAccess } from '../define/source-access.ts';
import { handlersOf, type SubresourceHandlers, type SubresourceMethod } from '../define/subresources.ts';
import { type ExplanationAccess, explainRow } from '../describe/explain-row.ts';
import type { Logger } from '../logger.ts';
import { SOURCE_AGE_HEADER, sourceAges } from '../read/freshness.ts';
import { get, rowFor } from '../read/get.ts';
import { list, type ListContext } from '../read/list.ts';
import type { RowAccess } from '../read/visible-namespaces.ts';
import { watch, type WatchContext } from '../read/watch.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import type { RequestInfo, ResourceRequestInfo } from '../wire/request-info.ts';
import { badRequest, methodNotAllowed, routeNotFound, unauthorized } from '../wire/status.ts';
import { deleteCollection } from '../write/delete-collection.ts';
import type { ServedResource, ServedVersion } from '../write/served-resource.ts';
import { writeThrough } from '../write/through/routes.ts';
import { writeRefusal } from '../write/write-refusals.ts';
import { getScale, handlerOf, type WriteTarget, type WriteRequest } from '../write/write-routes.ts';
import type { Middleware, Next } from './middleware.ts';
import type { ServerState } from './request-state.ts';
import { runHandler } from './user-code.ts';

/** Returns the resources of a group and version, or undefined if it is not served. */
export type ServedVersions = (group: string, version: string) => ServedVersion | undefined;

/** The parts of the server that reads of resources use. */
export interface RouteContext extends WatchContext, ListContext {
  /** The rights for the source objects that an explanation shows. */
  readonly explanations: ExplanationAccess;
  /** The rows that callers may see, for resources with `authorize: 'rows'`. */
  readonly visibleRows: VisibleRows;
}

/** Responds to requests for resources of the served groups and versions, and passes on all others. */
export function resources(versions: ServedVersions, context: RouteContext): Middleware<ServerState> {
  return (ctx, next) => {
    const { info } = ctx.state;
    if (info.type === 'nonResource') requireResource(info.path, versions);
    const version = info.type === 'resource' && info.prefix === 'apis' ? versions(info.group, info.version) : undefined;
    if (info.type !== 'resource' || version === undefined) return next();
    const target = version.get(info.resource);
    if (target === undefined || info.verb === 'proxy' || !hasRoute(info)) throw routeNotFound();
    if ('paths' in target) return serveRawEndpoint(ctx, target, info, { next, log: context.log });
    return serveResource(ctx, target, info, context);
  };
}

/** Returns the rights to sources that a request needs; undefined if its resource requires none, or does not exist. */
export function requiredSources(info: RequestInfo, versions: ServedVersions): SourceAccess | undefined {
  if (info.type !== 'resource' || info.prefix !== 'apis') return undefined;
  const target = versions(info.group, info.version)?.get(info.resource);
  return target === undefined || 'paths' in target ? undefined : target.resource.access;
}

/**
 * Whether a route serves exactly what the authorizer was asked about. An empty segment is no name: `R//status` would be authorized as a list
 * of `R/status`, and served as a list of `R`. A watch of a subresource would be served as a watch of its object.
 */
function hasRoute({ parts, isWatchPath }: ResourceRequestInfo): boolean {
  return !parts.includes('') && !(isWatchPath && parts.length > 2);
}

/** Refuses a path that ends before it names a resource. */
function requireResource(path: string, versions: ServedVersions): void {
  const [prefix, group = '', version = '', special, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (prefix !== 'apis' || rest.length > 0 || versions(group, version) === undefined) return;
  if (special === 'watch') throw badRequest('the path names no resource after "watch"');
  if (special === 'proxy') throw routeNotFound();
}

function serveResource(
  ctx: RequestContext,
  target: ServedResource,
  info: ResourceRequestInfo,
  watchContext: RouteContext,
): unknown {
  const { namespaced, subresources } = target.resource.definition;
  const [, name, below] = info.parts;
  const handlers = below === undefined || info.parts.length > 3 ? undefined : handlersOf(subresources, below);
  if (handlers !== undefined && name !== undefined && namespaced === (info.namespace !== '')) {
    return serveSubresource(ctx, target, info, { handlers, log: watchContext.log });
  }
  const part = partOf(target, info);
  if (part === undefined) throw routeNotFound();
  if (namespaced ? info.isNamed && info.namespace === '' : info.namespace !== '') throw routeNotFound();
  if (!(ctx.method === 'GET' && part === 'main' && canRead(target, info))) {
    const allow = info.isWatchPath ? ['GET'] : methodsOf(target, info, part);
    if (!allow.includes(ctx.method)) throw methodNotAllowed({ allow });
  }
  if (part === 'explain') {
    ctx.req.resume();
    return explainRow(ctx, target.read, info, watchContext.explanations);
  }
  const request =
    target.custom === undefined ? undefined : { ctx, served: target.read, custom: target.custom, info, target: part };
  if (ctx.method !== 'GET' && request !== undefined) return write(request);
  if (ctx.method !== 'GET') {
    return writeThrough({ ctx, served: target.read, writes: target.through, info, clock: watchContext.clock });
  }
  // Reads have no body. An unread one would block its HTTP/1.1 connection, and hide that the client has disconnected.
  ctx.req.resume();
  if (part === 'scale' && request !== undefined) return getScale(request);
  // The ages are those at the start of the request. If the request waits, its data is newer. Error responses do not keep the header.
  const ages = sourceAges(target.read.view.sources(), watchContext.clock.now());
  if (ages !== undefined) ctx.res.setHeader(SOURCE_AGE_HEADER, ages);
  if (info.verb === 'list' || info.verb === 'watch') watchContext.memory.requireMemory();
  if (info.verb === 'get') return get(ctx, target.read, info, watchContext.clock);
  const access = rowAccess(ctx, target, info, watchContext.visibleRows);
  if (info.verb === 'list') return list(ctx, target.read, info, watchContext, access);
  if (info.verb === 'watch') return watch(ctx, target.read, info, watchContext, access);
  throw routeNotFound();
}

/** Returns which rows a request for all namespaces may see; undefined if its caller may see all that it selects. */
function rowAccess(
  { state: { user } }: RequestContext,
  { read, resource: { access } }: ServedResource,
  info: ResourceRequestInfo,
  visible: VisibleRows,
): RowAccess | undefined {
  if (access === undefined || !isLimitedToRows(info, access)) return undefined;
  if (user === undefined) throw unauthorized();
  return visible.of(read.view, { user, verb: info.verb === 'watch' ? 'watch' : 'list' });
}

async function serveSubresource(
  ctx: RequestContext,
  target: ServedResource,
  info: ResourceRequestInfo,
  { handlers, log }: { readonly handlers: SubresourceHandlers<RowObject>; readonly log: Logger },
): Promise<void> {
  const methods = Object.keys(handlers);
  const handler = methods.includes(ctx.method) ? handlers[ctx.method as SubresourceMethod] : undefined;
  if (handler === undefined) throw methodNotAllowed({ allow: methods });
  requirePathSegmentName(info.name);
  const row = await rowFor(ctx, target.read, info);
  await runHandler(ctx, log, () => handler(ctx, row.object));
}

/** Returns the part of an object that a path names, or undefined if it does not exist. */
function partOf(
  { resource: { custom } }: ServedResource,
  { parts }: ResourceRequestInfo,
): WriteTarget | 'explain' | undefined {
  if (parts.length <= 2) return 'main';
  if (parts.length > 3) return undefined;
  const [, , subresource] = parts;
  if (subresource === 'explain' && custom === undefined) return 'explain';
  if (subresource === 'status' && custom?.hasStatus === true) return 'status';
  return subresource === 'scale' && custom?.scale !== undefined ? 'scale' : undefined;
}

/** Whether a GET of an object, or of a collection, is allowed. */
function canRead({ resource }: ServedResource, { isNamed }: ResourceRequestInfo): boolean {
  const { verbs } = resource.discovery;
  return isNamed ? verbs.includes('get') : verbs.includes('list') || verbs.includes('watch');
}

function methodsOf(
  { resource }: ServedResource,
  { isNamed, namespace }: ResourceRequestInfo,
  part: WriteTarget | 'explain',
): string[] {
  const verbs = new Set(resource.discovery.verbs);
  if (part === 'explain') return ['GET'];
  if (part !== 'main') return ['GET', 'PATCH', 'PUT'];
  // A path for all namespaces can only be read.
  const isWritable = !resource.definition.namespaced || namespace !== '';
  const methods: readonly [method: string, isAllowed: boolean][] = isNamed
    ? [
        ['DELETE', verbs.has('delete')],
        ['GET', verbs.has('get')],
        ['PATCH', verbs.has('patch')],
        ['PUT', verbs.has('update')],
      ]
    : [
        ['DELETE', verbs.has('deletecollection') && isWritable],
        ['GET', verbs.has('list') || verbs.has('watch')],
        ['POST', verbs.has('create') && isWritable],
      ];
  return methods.flatMap(([method, isAllowed]) => (isAllowed ? [method] : []));
}

async function write(request: WriteRequest): Promise<void> {
  try {
    // After a write, the response waits until the view shows it, so the view must be ready.
    request.served.view.requireReady();
    if (request.info.verb === 'deletecollection') return await deleteCollection(request);
    const handle = handlerOf(request.info.verb);
    if (handle === undefined) throw routeNotFound();
    return await handle(request);
  } catch (error) {
    throw writeRefusal(error);
  }
}

async function serveRawEndpoint(
  ctx: RequestContext,
  endpoint: RawEndpointParts,
  info: ResourceRequestInfo,
  { next, log }: { readonly next: Next; readonly log: Logger },
): Promise<void> {
  if (info.isWatchPath || endpoint.namespaced !== (info.namespace !== '')) throw routeNotFound();
  requireSegment(info.namespace);
  const found = endpoint.find(info.parts.slice(1), ctx.method);
  if (found === undefined) throw routeNotFound();
  const { handler, allow } = found;
  if (handler === undefined) throw methodNotAllowed({ allow });
  const params = endpoint.namespaced ? { ...found.params, namespace: info.namespace } : found.params;
  const raw = Object.assign(ctx, { params });
  await runHandler(ctx, log, () => handler(raw, async () => void (await next())));
}
