/**
 * The middlewares of a server, in their order.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import Koa from 'koa';
import type { Authenticator } from '../access/authenticator.ts';
import { ResponseCutError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { authentication } from './authentication.ts';
import { errorStatus } from './error-status.ts';
import { requestDeadline } from './request-deadline.ts';
import { requestInfo } from './request-info.ts';
import { requestLifetime } from './request-lifetime.ts';
import { responseHeaders } from './response-headers.ts';
import { shuttingDown } from './shutting-down.ts';
import { loggedChecks } from '../describe/readiness.ts';
import type { RequestState } from '../define/request-context.ts';
import type { Discovery } from '../describe/discovery.ts';
import { fixedRoutes } from '../describe/fixed.ts';
import type { OpenApi } from '../describe/openapi.ts';
import type { HealthCheck } from '../describe/health.ts';
import { resources, type ServedVersions } from './resources.ts';
import type { WatchSurroundings } from '../read/watch.ts';

/** What the middlewares need. */
export interface ApplicationParts {
  readonly log: Logger;
  /** Whether requests are refused, as the server ends. */
  readonly isDraining: () => boolean;
  readonly authenticate: Authenticator;
  /** Why nobody can be known yet; undefined while all is well. */
  readonly authenticationProblem: () => string | undefined;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly readiness: readonly HealthCheck[];
  readonly versions: ServedVersions;
  readonly surroundings: WatchSurroundings;
}

/** Answers a request, over HTTP/2 or HTTP/1.1. */
export type RequestHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

/** What writing to a client that has gone fails with. */
const CLIENT_LEFT: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_HTTP2_INVALID_STREAM',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Everything between a request and its response. */
export function koaApplication(parts: ApplicationParts): RequestHandler {
  const { log } = parts;
  const app = new Koa<RequestState>();
  app.silent = true;
  // The error of a handler's stream comes twice: by itself, and from the socket that it took down.
  const told = new WeakSet<Error>();
  app.on('error', (error: NodeJS.ErrnoException, ctx: Koa.Context | undefined) => {
    if (error instanceof ResponseCutError || told.has(error)) return;
    told.add(error);
    // A client that leaves in the middle is everyday life: most watches end that way.
    if (CLIENT_LEFT.has(error.code ?? '') && isOver(ctx)) {
      log.debug('a client left', error);
      return;
    }
    log.error('a response failed', error);
  });
  app.use(requestLifetime());
  app.use(responseHeaders());
  app.use(errorStatus(log));
  app.use(requestInfo());
  app.use(requestDeadline(parts.surroundings.clock));
  app.use(shuttingDown(parts.isDraining));
  app.use(authentication(parts.authenticate, parts.authenticationProblem));
  app.use(fixedRoutes(parts.discovery, parts.openApi, loggedChecks(parts.readiness, log)));
  app.use(resources(parts.versions, parts.surroundings));
  app.use((ctx) => {
    ctx.status = 404;
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Content-Type', 'text/plain; charset=utf-8');
    ctx.body = '404 page not found\n';
  });
  const callback = app.callback();
  return (request, response) => void callback(request, response);
}

function isOver(ctx: Koa.Context | undefined): boolean {
  const state: Partial<RequestState> = ctx?.state ?? {};
  return ctx?.req.socket.destroyed === true || state.signal?.aborted === true;
}
