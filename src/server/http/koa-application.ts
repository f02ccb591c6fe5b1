/**
 * The koa application of a server: its middlewares, in their order.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import Koa from 'koa';
import type { Authenticator } from '../access/authenticator.ts';
import type { ServerAuthorization } from '../access/server-authorization.ts';
import type { Discovery } from '../describe/discovery.ts';
import { fixedRoutes } from '../describe/fixed-routes.ts';
import type { HealthCheck } from '../describe/health.ts';
import type { OpenApi } from '../describe/openapi.ts';
import { loggedChecks } from '../describe/readiness.ts';
import { ResponseCutError } from '../errors.ts';
import type { Graph } from '../../projections/graph/debug.ts';
import type { Logger } from '../logger.ts';
import type { RequestCounts } from '../metrics/request-counts.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Limits } from '../wire/limits.ts';
import { audit, type AuditEvent } from './audit.ts';
import { authentication, type AuthenticationState, currentConnection } from './authentication.ts';
import { authorization } from './authorization.ts';
import { isDisconnection } from './disconnection.ts';
import { errorStatus, NO_CACHE } from './error-status.ts';
import { operations } from './operations.ts';
import { requestDeadline } from './request-deadline.ts';
import { longRunningObserver, requestObserver } from './request-observer.ts';
import { requestSeats } from './request-seats.ts';
import { requestSize } from './request-size.ts';
import { requestInfoMiddleware, requestSignal, type ServerState } from './request-state.ts';
import { type RouteContext, requiredSources, resources, type ServedVersions } from './resources.ts';
import { shuttingDown } from './shutting-down.ts';

/** The maximum number of characters of the id of a request in the log. A client can choose the id. */
const MAX_REQUEST_ID = 64;

/** Middlewares, pipelines and koa each listen for the end of a response. Above Node's default of 10, it would print a warning. */
const MAX_LISTENERS = 32;

/** The parts of the application. */
export interface ApplicationParts {
  readonly log: Logger;
  readonly limits: Limits;
  /** Whether the server refuses requests because it shuts down. */
  readonly isDraining: () => boolean;
  readonly authenticate: Authenticator;
  readonly authenticationState: AuthenticationState;
  readonly authorization: ServerAuthorization;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly readiness: readonly HealthCheck[];
  readonly versions: ServedVersions;
  readonly watchContext: RouteContext;
  readonly metrics: ServerMetrics;
  readonly requestCounts: RequestCounts;
  readonly graph: () => Graph;
  /** Receives the audit events. It must not throw. */
  readonly audit: ((event: AuditEvent) => void) | undefined;
}

/** Handles a request over HTTP/2 or HTTP/1.1. */
export type RequestHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

/** Returns the handler of all requests. */
export function koaApplication(parts: ApplicationParts): RequestHandler {
  const { log, requestCounts } = parts;
  const observed = { metrics: parts.metrics.requests, versions: parts.versions };
  const app = new Koa<ServerState>();
  app.silent = true;
  // An error of a handler's stream is emitted twice: by the stream, and by the socket that it destroys.
  const reported = new WeakSet<Error>();
  app.on('error', (error: NodeJS.ErrnoException, ctx: Koa.Context | undefined) => {
    if (error instanceof ResponseCutError || reported.has(error)) return;
    reported.add(error);
    // Most watches end because the client disconnects, so this is not an error.
    if (isDisconnection(error, ctx)) {
      log.debug('a client disconnected', error);
      return;
    }
    log.error('a response failed', error);
  });
  app.use(requestObserver(observed));
  if (parts.audit !== undefined) app.use(audit(parts.audit));
  app.use(requestSignal());
  app.use(responseHeaders());
  app.use(errorStatus(log));
  // Nothing of a request is parsed before the client is authenticated. The middlewares above `requestInfoMiddleware` look at sizes and raw
  // texts. The same info of the request is authorized and routed.
  app.use(requestSize(parts.limits, requestCounts));
  app.use(shuttingDown(parts.isDraining, requestCounts));
  app.use(authentication(parts.authenticate, parts.authenticationState));
  app.use(requestSeats(requestCounts));
  app.use(requestInfoMiddleware());
  app.use(authorization(parts.authorization, parts.metrics.access, (info) => requiredSources(info, parts.versions)));
  app.use(currentConnection(parts.authenticationState));
  app.use(requestDeadline(parts.watchContext.clock));
  app.use(pathsOnly(fixedRoutes(parts.discovery, parts.openApi, loggedChecks(parts.readiness, log))));
  app.use(operations(parts));
  app.use(longRunningObserver(observed));
  app.use(resources(parts.versions, parts.watchContext));
  app.use((ctx) => {
    ctx.status = 404;
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Content-Type', 'text/plain; charset=utf-8');
    ctx.body = '404 page not found\n';
  });
  const callback = app.callback();
  return (request, response) => {
    response.setMaxListeners(MAX_LISTENERS);
    void callback(request, response);
  };
}

/** Skips a middleware for requests that were authorized as those for a resource, so that they are never served as a path. */
function pathsOnly(routes: Koa.Middleware<ServerState>): Koa.Middleware<ServerState> {
  return (ctx, next) => (ctx.state.info.type === 'resource' ? next() : routes(ctx, next));
}

/** Sets the headers of every response (conformance 3.5, 9.7). `Audit-Id` is that of the request, or a new one. */
function responseHeaders(): Koa.Middleware<ServerState> {
  return (ctx, next) => {
    const audit = ctx.get('Audit-Id');
    const id = audit === '' ? randomUUID() : audit;
    ctx.state.requestId = id.slice(0, MAX_REQUEST_ID);
    ctx.set('Audit-Id', id);
    ctx.set('Cache-Control', NO_CACHE);
    return next();
  };
}
