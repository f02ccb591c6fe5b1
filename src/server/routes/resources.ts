/**
 * From a request for a resource to the route of its verb (api-semantics 8).
 * @module
 */
import type { Middleware } from 'koa';
import { type RawEndpoint, rawHandlerOf } from '../raw-endpoint.ts';
import type { RequestContext, RequestState } from '../request-context.ts';
import type { ServedResource } from '../served-resource.ts';
import { SOURCE_AGE_HEADER, sourceAges } from '../source-ages.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { badRequest, methodNotAllowed, routeNotFound } from '../wire/status.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { watch, type WatchSurroundings } from './watch.ts';

/** What is served under one group and version, by plural. */
export type ServedVersion = ReadonlyMap<string, ServedResource | RawEndpoint>;

/** Finds what is served under a group and version; undefined: nothing. */
export type ServedVersions = (group: string, version: string) => ServedVersion | undefined;

/** Answers requests for resources; passes on what is for no group and version served here. */
export function resources(versions: ServedVersions, surroundings: WatchSurroundings): Middleware<RequestState> {
  return async (ctx, next) => {
    const { info } = ctx.state;
    if (info.type === 'nonResource') requireResource(info.path, versions);
    const served = info.type === 'resource' && info.prefix === 'apis' ? versions(info.group, info.version) : undefined;
    if (info.type !== 'resource' || served === undefined) return next();
    const target = served.get(info.resource);
    if (target === undefined || info.verb === 'proxy') throw routeNotFound();
    if ('paths' in target) return raw(ctx, target, info, next);
    return projection(ctx, target, info, surroundings);
  };
}

/** A path of the grammar of resources that stops before it has named one. */
function requireResource(path: string, versions: ServedVersions): void {
  const [prefix, group = '', version = '', special, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (prefix !== 'apis' || rest.length > 0 || versions(group, version) === undefined) return;
  if (special === 'watch') throw badRequest('the path names no resource after "watch"');
  if (special === 'proxy') throw routeNotFound();
}

async function projection(
  ctx: RequestContext,
  served: ServedResource,
  info: ResourceRequestInfo,
  surroundings: WatchSurroundings,
): Promise<void> {
  // A body means nothing to a read. Unread, it would hold up its HTTP/1.1 connection, and hide that the client has left.
  ctx.req.resume();
  const { namespaced } = served.resource.definition;
  if (info.parts.length > 2) throw routeNotFound();
  if (namespaced ? info.isNamed && info.namespace === '' : info.namespace !== '') throw routeNotFound();
  if (ctx.method !== 'GET') throw methodNotAllowed({ allow: ['GET'] });
  // As of now: what is waited for, later, is newer still. An error that is thrown takes it away.
  const ages = sourceAges(served.view.sources(), surroundings.timers.now());
  if (ages !== undefined) ctx.set(SOURCE_AGE_HEADER, ages);
  if (info.verb === 'get') return get(ctx, served, info, surroundings.timers);
  if (info.verb === 'list') return list(ctx, served, info, surroundings.timers);
  if (info.verb === 'watch') return watch(ctx, served, info, surroundings);
  throw routeNotFound();
}

async function raw(
  ctx: RequestContext,
  endpoint: RawEndpoint,
  info: ResourceRequestInfo,
  next: () => Promise<unknown>,
): Promise<void> {
  if (info.namespace !== '' || info.isWatchPath) throw routeNotFound();
  const below = info.parts.slice(1);
  const handlers = endpoint.paths.get(below.length === 0 ? '' : `/${below.join('/')}`);
  if (handlers === undefined) throw routeNotFound();
  const handler = rawHandlerOf(handlers, ctx.method);
  if (handler === undefined) throw methodNotAllowed({ allow: Object.keys(handlers) });
  await handler(ctx, async () => void (await next()));
}
