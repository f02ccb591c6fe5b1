import { requestInfo } from '../../server/wire/request-info.ts';
import { ApiError, badRequest, routeNotFound } from '../../server/wire/status.ts';
import type { AggregatedApis } from './aggregated-apis.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import type { ApiRequest, ApiResponse, Exchange } from './exchange.ts';
import { defaultFeatures, Watches } from './watches.ts';
import type { Features } from './watches.ts';
import { openApiRoutes } from './openapi-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { sendError, sendText } from './responses.ts';
import { serverRoutes } from './server-routes.ts';
import type { Readiness } from './server-routes.ts';
import type { Storage } from './storage.ts';
import { statusOfFailure, Traffic } from './traffic.ts';
import type { Failure, LoggedRequest, RequestFilter } from './traffic.ts';
import type { UserInfo } from './users.ts';

export type { ApiRequest, ApiResponse } from './exchange.ts';
export type { Features } from './watches.ts';
export type { Failure, LoggedRequest, RequestFilter } from './traffic.ts';

export interface ApiHandlerOptions {
  readonly storage: Storage;
  /** Default: the machine's. Bookmarks, timeouts and ages go by it. */
  readonly clock?: Clock | undefined;
  /** 0 <= x < 1; spreads the timeouts of watches. Default: Math.random. */
  readonly random?: (() => number) | undefined;
  /** What other servers add to discovery and OpenAPI. Default: nothing. */
  readonly aggregated?: AggregatedApis | undefined;
  readonly features?: Partial<Features> | undefined;
  /** What else must be well for `/readyz` to answer 200: by name, what is wrong, or undefined. Default: nothing. */
  readonly readiness?: Readiness | undefined;
  /** Told of what should not happen: an error of the fake cluster's own, answered 500. Default: a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Ends all watches and all work of the handler. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The HTTP side of a fake cluster: answers requests from its storage, counts them, and misbehaves when told to. Wherever a resource
 * may be named it is named `pods` or `deployments.apps`; left out, all are meant.
 */
export interface ApiHandler {
  /** Answers a request of a user who is known and allowed. Works on HTTP/1.1 and HTTP/2. Never rejects. */
  handle(request: ApiRequest, response: ApiResponse, user: UserInfo): Promise<void>;
  /** May be changed at any time; open watches are not affected. */
  readonly features: Features;
  /** How many watches are open. */
  openWatches(resource?: string): number;
  /** The last requests, oldest first; see `REQUEST_LOG_LIMIT`. */
  readonly requests: readonly LoggedRequest[];
  /** How many of {@link requests} match; all of them without a filter. */
  requestCount(filter?: RequestFilter): number;
  /** Starts counting anew. */
  forgetRequests(): void;
  /** Breaks watches off in mid-stream: a reset on HTTP/2, a closed connection on HTTP/1.1. */
  cutWatches(resource?: string): void;
  /** Ends watches as their timeout would. */
  endWatches(resource?: string): void;
  /** Sends an ERROR event to watches and ends them. */
  failWatches(failure: Failure, resource?: string): void;
  /** Delivers nothing to watches, open or new, bookmarks neither: connections stay, silent. */
  hold(resource?: string): void;
  /** Delivers again, first what was held back. */
  release(resource?: string): void;
  /** Answers the next matching request (or several, `times`) with an error instead. */
  failNext(filter: RequestFilter, failure: Failure, times?: number): void;
  /**
   * Answers all matching requests with an error instead, until what is returned is called. Watches that are open go on, as they do
   * in a cluster that changes its mind; see {@link cutWatches}.
   *
   * @example
   * const allow = cluster.api.refuse(({ resource }) => resource === 'pods', { code: 401, message: 'Unauthorized' });
   */
  refuse(filter: RequestFilter, failure: Failure): () => void;
}

const GO_DURATION = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/;

/**
 * Makes the request handling of a fake cluster: for built-in kinds it answers as kube-apiserver 1.36 does, unless told otherwise.
 * kubectl 1.36 works against it, with these exceptions: `apply --server-side` is refused (415), `kubectl patch` of a custom resource
 * needs `--type=merge` or `json`, as anywhere, and a few `create` commands that send protobuf are refused (415; `create -f` works).
 *
 * @example
 * const store = storage({ kinds: coreKinds });
 * const api = apiHandler({ storage: store });
 * const server = http2.createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => void api.handle(request, response, user));
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

  const answer = async (exchange: Exchange): Promise<void> => {
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
      // A client that goes away is no error; what it was sent was lost anyway.
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
        await answer({ ...exchange, info: requestInfo(method, path, query) });
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

/** A malformed time limit is refused; a good one is passed over, since nothing here takes long (api-semantics 9.4). */
const requireTimeout = (timeout: string): void => {
  if (timeout !== '' && !GO_DURATION.test(timeout)) {
    throw badRequest(
      `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(timeout)}`,
    );
  }
};
