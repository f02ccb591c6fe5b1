/**
 * From a request for a resource to the route of its verb (api-semantics 8).
 * @module
 */
import type { Middleware } from 'koa';
import { type RawEndpoint, rawHandlerOf } from '../raw-endpoint.ts';
import type { RequestContext, RequestState } from '../request-context.ts';
import type { ServedResource } from '../served-resource.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { methodNotAllowed, routeNotFound } from '../wire/status.ts';
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
    const served = info.type === 'resource' && info.prefix === 'apis' ? versions(info.group, info.version) : undefined;
    if (info.type !== 'resource' || served === undefined) return next();
    const target = served.get(info.resource);
    if (target === undefined || info.verb === 'proxy') throw routeNotFound();
    if ('paths' in target) return raw(ctx, target, info, next);
    return projection(ctx, target, info, surroundings);
  };
}

async function projection(
  ctx: RequestContext,
  served: ServedResource,
  info: ResourceRequestInfo,
  surroundings: WatchSurroundings,
): Promise<void> {
  const { namespaced } = served.resource.definition;
  if (info.parts.length > 2) throw routeNotFound();
  if (namespaced ? info.isNamed && info.namespace === '' : info.namespace !== '') throw routeNotFound();
  if (ctx.method !== 'GET') throw methodNotAllowed({ allow: ['GET'] });
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
