/**
 * The koa application of a server: its middlewares, in their order.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type Koa from 'koa';
import type { Authenticator } from '../access/authenticator.ts';
import type { ServerAuthorization } from '../access/server-authorization.ts';
import type { RequestState } from '../define/request-context.ts';
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
import { RequestApplication } from './request-application.ts';
import { audit, type AuditEvent } from './audit.ts';
import { authentication, type AuthenticationState, currentConnection } from './authentication.ts';
import { authorization } from './authorization.ts';
import { isDisconnection } from './disconnection.ts';
import { errorStatus, NO_CACHE } from './error-status.ts';
import { operations } from './operations.ts';
import { requestDeadline } from './request-deadline.ts';
import { chain, type Middleware } from './middleware.ts';
import { longRunningObserver, requestObserver } from './request-observer.ts';
import { requestSeats } from './request-seats.ts';
import { requestSize } from './request-size.ts';
import { requestInfoMiddleware, requestState, type ServerState } from './request-state.ts';
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
  const app = new RequestApplication();
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
  const run = chain<ServerState>([
    requestState(),
    requestObserver(observed),
    ...(parts.audit === undefined ? [] : [audit(parts.audit)]),
    responseHeaders(),
    errorStatus(log),
    // Nothing of a request is parsed before the client is authenticated. The middlewares above `requestInfoMiddleware` look at sizes and raw
    // texts. The same info of the request is authorized and routed.
    requestSize(parts.limits, requestCounts),
    shuttingDown(parts.isDraining, requestCounts),
    authentication(parts.authenticate, parts.authenticationState),
    requestSeats(requestCounts),
    requestInfoMiddleware(),
    authorization(parts.authorization, parts.metrics.access, (info) => requiredSources(info, parts.versions)),
    currentConnection(parts.authenticationState),
    requestDeadline(parts.watchContext.clock),
    pathsOnly(fixedRoutes(parts.discovery, parts.openApi, loggedChecks(parts.readiness, log))),
    operations(parts),
    longRunningObserver(observed),
    resources(parts.versions, parts.watchContext),
    (ctx) => {
      ctx.status = 404;
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.set('Content-Type', 'text/plain; charset=utf-8');
      ctx.body = '404 page not found\n';
    },
  ]);
  return (request, response) => {
    response.setMaxListeners(MAX_LISTENERS);
    app.handle(request as IncomingMessage, response as ServerResponse, run);
  };
}

/** Skips a middleware for requests that were authorized as those for a resource, so that they are never served as a path. */
function pathsOnly(routes: Koa.Middleware<RequestState>): Middleware<ServerState> {
  return (ctx, next) => (ctx.state.info.type === 'resource' ? next() : routes(ctx, async () => next()));
}

/** Sets the headers of every response (conformance 3.5, 9.7). `Audit-Id` is that of the request, or a new one. */
function responseHeaders(): Middleware<ServerState> {
  return (ctx, next) => {
    const sent = ctx.req.headers['audit-id'] ?? '';
    // Node joins the values of a header that was sent several times.
    const id = sent === '' || typeof sent !== 'string' ? randomUUID() : sent;
    ctx.state.requestId = id.slice(0, MAX_REQUEST_ID);
    ctx.res.setHeader('Audit-Id', id);
    ctx.res.setHeader('Cache-Control', NO_CACHE);
    return next();
  };
}
