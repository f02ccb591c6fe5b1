/**
 * The routes of fixed paths: health, discovery, OpenAPI, version, and the index of paths.
 * @module
 */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import { version as frameworkVersion } from '../../version.ts';
import type { RequestContext, RequestState } from '../define/request-context.ts';
import { respondValue } from '../read/respond.ts';
import { methodNotAllowed } from '../wire/status.ts';
import type { Discovery } from './discovery.ts';
import { health, type HealthCheck, type HealthEndpoint, healthOf } from './health.ts';
import type { OpenApi } from './openapi.ts';

/** Responds to a request. @returns false if the path does not exist */
type Handler = (ctx: RequestContext, parameters: Readonly<Record<string, string>>) => boolean | void | Promise<void>;

/** Responds to requests for fixed paths, and passes on all others. */
export function fixedRoutes(
  discovery: Discovery,
  openApi: OpenApi,
  readiness: readonly HealthCheck[],
): Middleware<RequestState> {
  const router = new Router<RequestState>({ strict: false, sensitive: true });
  const read = (path: string, handle: Handler): void => {
    router.all(path, async (ctx, next) => {
      const isRead = ctx.method === 'GET' || ctx.method === 'HEAD';
      if ((await handle(ctx, ctx.params)) === false) return next();
      if (!isRead) throw methodNotAllowed({ allow: ['GET', 'HEAD'] });
      return undefined;
    });
  };
  const alive: readonly HealthCheck[] = [{ name: 'ping', problem: () => undefined }];
  const endpoints: [HealthEndpoint, readonly HealthCheck[]][] = [
    ['healthz', alive],
    ['livez', alive],
    ['readyz', readiness],
  ];
  for (const [endpoint, checks] of endpoints) {
    read(`/${endpoint}`, (ctx) => health(ctx, endpoint, checks));
    read(`/${endpoint}/:check`, (ctx, { check = '' }) => healthOf(ctx, check, checks));
  }
  read('/apis', (ctx) => discovery.groups(ctx));
  read('/apis/:group', (ctx, { group = '' }) => discovery.group(ctx, group));
  read('/apis/:group/:version', (ctx, { group = '', version = '' }) => discovery.version(ctx, group, version));
  read('/openapi/v2', (ctx) => openApi.v2(ctx));
  read('/openapi/v3', (ctx) => openApi.root(ctx));
  read('/openapi/v3/*key', (ctx, { key = '' }) => openApi.groupVersion(ctx, key.replace(/\/$/, '')));
  read('/version', (ctx) => document(ctx, versionInfo));
  const healthPaths = endpoints.map(([endpoint]) => `/${endpoint}`);
  const paths = [
    '/apis',
    ...discovery.paths,
    ...healthPaths,
    ...openApi.paths,
    '/version',
    '/metrics',
    '/debug/graph',
  ].toSorted();
  read('/', (ctx) => document(ctx, { paths }));
  return router.routes() as unknown as Middleware<RequestState>;
}

/** Responds with indented JSON for any `Accept` header, as a kube-apiserver does for documents that are not API objects. */
function document(ctx: RequestContext, value: unknown): void {
  respondValue(ctx, 200, value, { mediaType: 'application/json', transform: { as: 'none' }, pretty: true });
}

const [major = '', minor = ''] = frameworkVersion.split('.');

/** The version, with all fields of a kube-apiserver's (conformance 9.2), which clients in Go and JavaScript expect. */
const versionInfo = {
  major,
  minor,
  gitVersion: `v${frameworkVersion}`,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: `node ${process.version}`,
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
};
