/**
 * The paths that do not depend on what is served: health, discovery, version, index.
 * @module
 */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { RequestContext, RequestState } from '../request-context.ts';
import { version as frameworkVersion } from '../../version.ts';
import type { Discovery } from './discovery.ts';
import { health, type HealthCheck, type HealthEndpoint, healthOf } from './health.ts';

/** Routes of the fixed paths; everything else is passed on. */
export function fixedRoutes(discovery: Discovery, readiness: readonly HealthCheck[]): Middleware<RequestState> {
  const router = new Router<RequestState>({ strict: false });
  const alive: readonly HealthCheck[] = [{ name: 'ping', problem: () => undefined }];
  const endpoints: [HealthEndpoint, readonly HealthCheck[]][] = [
    ['healthz', alive],
    ['livez', alive],
    ['readyz', readiness],
  ];
  for (const [endpoint, checks] of endpoints) {
    router.get(`/${endpoint}`, (ctx) => health(ctx as RequestContext, endpoint, checks));
    router.get(`/${endpoint}/:check`, (ctx, next) =>
      healthOf(ctx as RequestContext, ctx.params['check'] ?? '', checks) ? undefined : next(),
    );
  }
  router.get('/apis', (ctx) => discovery.groups(ctx as RequestContext));
  router.get('/apis/:group', (ctx, next) =>
    discovery.group(ctx as RequestContext, ctx.params['group'] ?? '') ? undefined : next(),
  );
  router.get('/apis/:group/:version', (ctx, next) => {
    const { group: name = '', version: served = '' } = ctx.params;
    return discovery.version(ctx as RequestContext, name, served) ? undefined : next();
  });
  router.get('/version', (ctx) => {
    ctx.body = {
      gitVersion: `v${frameworkVersion}`,
      platform: `${process.platform}/${process.arch}`,
      nodeVersion: process.version,
    };
  });
  const paths = ['/apis', ...discovery.paths, ...endpoints.map(([endpoint]) => `/${endpoint}`), '/version'].sort();
  router.get('/', (ctx) => {
    ctx.body = { paths };
  });
  return router.routes() as unknown as Middleware<RequestState>;
}
