/**
 * The HTTP side of a fake cluster. It routes requests to discovery, OpenAPI, health checks and resources. A test can count
 * requests, inject failures and interrupt watches.
 * @module
 */
import { requestInfo } from '../../../server/wire/request-info.ts';
import { ApiError, badRequest, routeNotFound } from '../../../server/wire/status.ts';
import type { AggregatedApis } from './aggregated-apis.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import type { ApiRequest, ApiResponse, Exchange } from './exchange.ts';
import { defaultFeatures, Watches, type Features } from './watches.ts';
import { openApiRoutes } from './openapi-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { sendError, sendText } from './responses.ts';
import { serverRoutes, type Readiness } from './server-routes.ts';
import type { Storage } from '../storage/storage.ts';
import { statusOfFailure, Traffic, type InjectedFailure, type LoggedRequest, type RequestFilter } from './traffic.ts';
import type { UserInfo } from '../access/users.ts';

export type { ApiRequest, ApiResponse } from './exchange.ts';
export type { Features } from './watches.ts';
export type { InjectedFailure, LoggedRequest, RequestFilter } from './traffic.ts';

export interface ApiHandlerOptions {
  readonly storage: Storage;
  /** The clock for bookmarks, timeouts and ages. Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** A function that returns numbers from 0 up to 1. It spreads the timeouts of watches. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The APIs that other servers add to discovery and OpenAPI. Default: none. */
  readonly aggregated?: AggregatedApis | undefined;
  readonly features?: Partial<Features> | undefined;
  /** Further checks of `/readyz` by name. Each returns a problem, or undefined. Default: none. */
  readonly readiness?: Readiness | undefined;
  /**
   * Called with each unexpected error of the fake cluster itself, which becomes a 500 response. Default: a process
   * warning.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Ends all watches and all other work of the handler. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The HTTP side of a fake cluster. It serves requests from storage, logs them, and fails or interrupts them on
 * request of a test. A `resource` parameter is a name such as `pods` or `deployments.apps`. If it is omitted, the call
 * applies to all resources.
 */
export interface ApiHandler {
  /** Serves the request of an authenticated and authorized user. Works on HTTP/1.1 and HTTP/2. Never rejects. */
  handle(request: ApiRequest, response: ApiResponse, user: UserInfo): Promise<void>;
  /** The features of the API server. They may change at any time; open watches are not affected. */
  readonly features: Features;
  /** Returns the number of open watches. */
  openWatches(resource?: string): number;
  /** The latest requests, oldest first, up to `REQUEST_LOG_LIMIT`. */
  readonly requests: readonly LoggedRequest[];
  /** Returns the number of logged {@link requests} that match the filter, or of all without one. */
  requestCount(filter?: RequestFilter): number;
  /** Clears the log of requests. */
  forgetRequests(): void;
  /** Cuts watches in the middle of the stream: with a reset on HTTP/2, with a closed connection on HTTP/1.1. */
  cutWatches(resource?: string): void;
  /** Ends watches as their timeout does. */
  endWatches(resource?: string): void;
  /** Sends an ERROR event to watches and ends them. */
  failWatches(failure: InjectedFailure, resource?: string): void;
  /** Stops the delivery to open and new watches, bookmarks included. The connections stay open. */
  hold(resource?: string): void;
  /** Resumes the delivery, beginning with the events that were held back. */
  release(resource?: string): void;
  /** Fails the next matching request, or the next `times` of them. */
  failNext(filter: RequestFilter, failure: InjectedFailure, times?: number): void;
  /**
   * Fails all matching requests until the returned function is called. Open watches continue; see {@link cutWatches}.
   * @example
   * const allow = cluster.api.refuse(({ resource }) => resource === 'pods', { code: 401, message: 'Unauthorized' });
   */
  refuse(filter: RequestFilter, failure: InjectedFailure): () => void;
}

const GO_DURATION = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/;

/**
 * Creates the request handling of a fake cluster. Built-in kinds behave as in kube-apiserver 1.36, unless the features
 * say otherwise. kubectl 1.36 works with it, with these exceptions: `apply --server-side` is refused (415), `kubectl
 * patch` of a custom resource needs `--type=merge` or `json`, as in any cluster, and a few `create` commands that send
 * protobuf are refused (415; `create -f` works).
 * @example
 * const store = storage({ kinds: coreKinds });
 * const api = apiHandler({ storage: store });
 * const server = http.createServer((request, response) => {
 *   void api.handle(request, response, { name: 'admin', groups: ['system:masters'] });
 * });
 */
export function apiHandler(options: ApiHandlerOptions): ApiHandler {
  const {
    storage,
    clock = systemClock,
    random = Math.random,
    aggregated,
    signal = new AbortController().signal,
  } = options;
  const { onError = warn } = options;
  const features: Features = { ...defaultFeatures, ...options.features };
  const traffic = new Traffic();
  const watches = new Watches({ storage, clock, random, features }, signal);
  const resources = resourceRoutes(storage, clock, watches);
  const otherRoutes = [
    discoveryRoutes(storage, aggregated),
    openApiRoutes(storage, aggregated),
    serverRoutes(options.readiness),
  ];

  const serve = async (exchange: Exchange): Promise<void> => {
    const { info, query } = exchange;
    traffic.admit(loggedRequest(exchange));
    if (info.verb !== 'watch') requireTimeout(query.get('timeout') ?? '');
    if (info.type === 'resource') {
      const table = storage.table(resourceName(info));
      if (table !== undefined && table.kind.version === info.version) return resources(exchange, info, table);
      const isServed = storage.kinds.some(({ group, version }) => group === info.group && version === info.version);
      if (isServed || info.prefix === 'api') throw routeNotFound();
    } else {
      for (const route of otherRoutes) if (await route(exchange)) return;
    }
    await sendText(exchange, 404, '404 page not found\n');
  };

  return {
    handle: async (request, response, user) => {
      // A client that disconnects is not an error of the server.
      response.on('error', () => undefined);
      const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
      const query = new URLSearchParams(search);
      const method = request.method ?? 'GET';
      const exchange = {
        request,
        response,
        method,
        path,
        query,
        user,
        info: { type: 'nonResource', path, verb: method.toLowerCase() },
      } as const;
      try {
        await serve({ ...exchange, info: requestInfo(method, path, query) });
      } catch (error) {
        if (!(error instanceof ApiError)) onError(error);
        await sendError(exchange, error).catch(() => response.destroy());
      }
    },
    features,
    openWatches: (resource) => watches.count(resource),
    get requests() {
      return traffic.requests;
    },
    requestCount: (filter) => traffic.count(filter),
    forgetRequests: () => traffic.forget(),
    cutWatches: (resource) => watches.cut(resource),
    endWatches: (resource) => watches.end(resource),
    failWatches: (failure, resource) => watches.fail(statusOfFailure(failure), resource),
    hold: (resource) => watches.hold(resource),
    release: (resource) => watches.release(resource),
    failNext: (filter, failure, times = 1) => void traffic.failNext(filter, failure, times),
    refuse: (filter, failure) => traffic.failNext(filter, failure, Infinity),
  };
}

const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error));

const resourceName = ({ group, resource }: { readonly group: string; readonly resource: string }): string =>
  group === '' ? resource : `${resource}.${group}`;

const loggedRequest = ({ request, method, path, query, info, user }: Exchange): LoggedRequest => ({
  method,
  path,
  query,
  verb: info.verb,
  resource: info.type === 'resource' ? resourceName(info) : '',
  user: user.name,
  userAgent: request.headers['user-agent'] ?? '',
});

/** Rejects a malformed timeout. A valid one has no effect, because no request takes long here (conformance 9.4). */
const requireTimeout = (timeout: string): void => {
  if (timeout !== '' && !GO_DURATION.test(timeout)) {
    throw badRequest(
      `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(timeout)}`,
    );
  }
};
