/**
 * The server, which connects the folders of `src/server`: koa over TLS.
 *
 * ```
 *   created ──listen()──► listening ──close() or the signal──► unready ──delay──► draining ──last response──► closed
 * ```
 * An unready server still handles all requests, but `/readyz` fails. In the last second of the delay it asks its clients to leave. A
 * draining server refuses new requests with 503, and ends its watches one after the other. The file is long because it connects all parts of the server.
 * @module
 */
import { type Clock, delay, systemClock } from '../clock.ts';
import type { Collection } from '../informers/collection/collection.ts';
import type { Upstream, UpstreamReviewer } from '../informers/collection/upstream.ts';
import { debug, type Graph } from '../projections/graph/debug.ts';
import { version as frameworkVersion } from '../version.ts';
import type { CacheObserver } from './access/review-cache.ts';
import type { ReviewObserver } from './access/reviewer.ts';
import { collectionsOfRights, followRights } from './access/rights.ts';
import { DEFAULT_WATCH_REVIEW_MS, ServerAuthorization } from './access/server-authorization.ts';
import {
  type AuthenticationOption,
  type ServerAuthentication,
  serverAuthentication,
} from './access/server-authentication.ts';
import { VisibleRows } from './access/visible-rows.ts';
import { apiGroupsOf, apiPartsOf, needsOf, openApiOf, readsNamespaces } from './define/api-definition.ts';
import { limitsOf } from './define/limit-options.ts';
import { isCollection } from './define/needs.ts';
import { Discovery } from './describe/discovery.ts';
import type { HealthCheck } from './describe/health.ts';
import { OpenApi } from './describe/openapi.ts';
import { readinessChecks } from './describe/readiness.ts';
import { ServedSources } from './describe/served-sources.ts';
import { ServerDefinitionError } from './errors.ts';
import type { AuditEvent } from './http/audit.ts';
import { koaApplication, type RequestHandler } from './http/koa-application.ts';
import {
  followServingCertificate,
  readServingCertificate,
  type ServingCertificate,
} from './http/serving-certificate.ts';
import { TlsListener } from './http/tls-listener.ts';
import { guardedLogger, type Logger, stderrLogger } from './logger.ts';
import { RequestCounts } from './metrics/request-counts.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { BookmarkTimer } from './read/bookmark-timer.ts';
import { ByteBudget } from './read/byte-budget.ts';
import { CompressedBodies } from './read/compressed-bodies.ts';
import { EventLoopScheduler, OpenWatches } from './read/open-watches.ts';
import { BodyMemory } from './read/body-memory.ts';
import { EventLoopDelay } from './read/event-loop-delay.ts';
import { MemoryGuard } from './read/memory-guard.ts';
import { processMemory, type MemorySource } from './read/process-memory.ts';
import { logRowErrors } from './read/row-failures.ts';
import type { ServedView } from './read/served-view.ts';
import { WatchSelectors } from './read/watch-selectors.ts';
import type {
  ApiServer,
  ApiServerOptions,
  ConnectionOptions,
  ListenOptions,
  ReadinessCheck,
  ServerCounts,
  ShutdownOptions,
} from './server-options.ts';
import type { Limits } from './wire/limits.ts';
import { StartupLog } from './startup-log.ts';
import { LiveNamespaces } from './write/live-namespaces.ts';
import { ServedResource, servedVersions } from './write/served-resource.ts';

export type { AuthorizationCounts, AuthorizationOption } from './access/server-authorization.ts';
export type { AuthenticationOption, ConfigMaps } from './access/server-authentication.ts';
export type * from './server-options.ts';

/** The default of {@link ShutdownOptions.watchGracePeriod}, in milliseconds. */
const WATCH_GRACE_MS = 3000;
/** The time before new requests are refused in which clients are asked to use other connections, in milliseconds. */
const LEAVING_MS = 1000;
/** The default of {@link ConnectionOptions.maxAge}, in milliseconds. */
const DEFAULT_MAX_AGE_MS = 3_600_000;
/** Lists that are being built or sent can have one of this number of parts of the memory. */
const BODY_SHARES = 8;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Creates an aggregated API server. It does not listen and starts no informers until {@link ApiServer.listen} is called.
 * @throws ServerDefinitionError if the groups, versions or resources conflict, if callers cannot be authenticated or authorized, or if a
 * projection has `write` but `informers` cannot write
 * @example
 * const server = apiServer({ informers, apis: [{ group: 'example.com', version: 'v1', resources: [podSummaries(pods)] }] });
 * await server.listen({ port: 8443, tls: { cert, key }, signal });
 */
export function apiServer(options: ApiServerOptions): ApiServer {
  return new KoaApiServer(options);
}

/** Returns the views of a server, for the tests and tools of this repository. */
export function viewsOf(server: ApiServer): readonly ServedView[] {
  return ownServer(server).served;
}

/** Starts a server like {@link ApiServer.start}, without its lines in the log. Test servers are started often, and are always insecure. */
export function startQuietly(server: ApiServer): void {
  ownServer(server).startQuietly();
}

function ownServer(server: ApiServer): KoaApiServer {
  if (!(server instanceof KoaApiServer)) throw new TypeError('the server must be made by apiServer()');
  return server;
}

class KoaApiServer implements ApiServer {
  readonly served: readonly ServedView[];
  readonly handle: RequestHandler;
  readonly #readiness: readonly HealthCheck[];
  /** The collections that code of users reads. */
  readonly #needs: readonly Collection<unknown>[];
  readonly #sources: ServedSources;
  readonly #authentication: ServerAuthentication;
  readonly #authorization: ServerAuthorization;
  readonly #visible: VisibleRows;
  /** The roles and bindings of the cluster; empty if no resource depends on them. */
  readonly #rights: readonly Collection<unknown>[];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #namespaces: LiveNamespaces | undefined;
  readonly #watches = new OpenWatches();
  readonly #limits: Limits;
  readonly #memory: MemoryGuard;
  readonly #eventLoop: EventLoopDelay;
  readonly #memorySource: MemorySource;
  readonly #metrics: ServerMetrics;
  readonly #startup: StartupLog;
  readonly #shutdown: ShutdownOptions;
  readonly #connections: ConnectionOptions;
  readonly #random: () => number;
  readonly #lifetime = new AbortController();
  /** Aborted by the second call of `close`. From then on, the server waits for nothing. */
  readonly #force = new AbortController();
  #listener: TlsListener | undefined;
  #listening: Promise<void> | undefined;
  #isStarted = false;
  #closing: Promise<void> | undefined;
  #isCloseCalled = false;
  #isDraining = false;

  constructor(options: ApiServerOptions) {
    const { informers, clock = systemClock, random = Math.random } = options;
    const log = guardedLogger(options.log ?? stderrLogger);
    const apis = apiPartsOf(options.apis);
    this.#clock = clock;
    this.#limits = limitsOf(options.limits ?? {});
    this.#shutdown = options.shutdown ?? {};
    this.#connections = options.connections ?? {};
    this.#random = random;
    this.#memory = new MemoryGuard({ percent: this.#limits.memoryPercent, clock, log });
    this.#eventLoop = new EventLoopDelay(clock);
    this.#memorySource = options.memory ?? processMemory;
    this.#log = log;
    // The metrics exist before the first review.
    const onReview: ReviewObserver = (...review) => this.#metrics.access.reviewed(...review);
    const reviewCaches = new Map<string, { readonly size: number }>();
    const onCache: CacheObserver = (kind, cache) => reviewCaches.set(kind, cache);
    this.#authentication = serverAuthentication(options.authentication ?? defaultAuthentication(options), {
      informers,
      clock,
      random,
      log,
      signal: this.#lifetime.signal,
      onReview,
      onCache,
    });
    this.#authorization = new ServerAuthorization(options.authorization ?? 'delegated', {
      upstream: informers !== undefined && canReview(informers) ? informers : undefined,
      isInsecure: this.#authentication.isLoopbackOnly,
      watchReviewInterval: options.watchReviewInterval ?? DEFAULT_WATCH_REVIEW_MS,
      clock,
      random,
      log,
      signal: this.#lifetime.signal,
      onReview,
      onCache,
    });
    const namespaces = readsNamespaces(apis) ? informers?.namespaces : undefined;
    this.#namespaces = namespaces === undefined ? undefined : new LiveNamespaces(namespaces, clock);
    const budget = new ByteBudget(options.listCacheBytes);
    const bodies = new CompressedBodies(budget);
    const versions = servedVersions(apis, {
      random,
      log,
      clock,
      namespaces: this.#namespaces,
      budget,
      bodies,
      upstream: informers !== undefined && canWrite(informers) ? informers : undefined,
    });
    const items = Array.from(versions.values(), (version) => [...version.values()]).flat();
    const resources = items.filter((item) => item instanceof ServedResource);
    this.served = resources.map(({ read }) => read);
    this.#visible = new VisibleRows(
      resources.map(({ read, resource: { access } }) => ({ read, access })),
      {
        authorization: this.#authorization,
        clock,
        limits: this.#limits,
        onFirstKnown: (seconds) => this.#metrics.visible.known(seconds),
      },
    );
    // Other authorizers do not depend on the roles of the cluster.
    const followsRights = this.#visible.isUsed && (options.authorization ?? 'delegated') === 'delegated';
    this.#rights = followsRights && informers !== undefined ? collectionsOfRights(informers) : [];
    this.#needs = needsOf(apis).filter(isCollection);
    this.#sources = new ServedSources(this.served, this.#needs, { clock, staleAfter: options.staleAfter });
    this.#readiness = readinessChecks({
      served: this.served,
      limited: new Set(resources.flatMap(({ read, resource: { access } }) => (access === undefined ? [] : [read]))),
      sources: this.#sources,
      authentication: this.#authentication.check,
      isClosing: () => this.#closing !== undefined,
      eventLoop: this.#eventLoop,
      clock,
    });
    this.#startup = new StartupLog(log, {
      isInsecure: this.#authentication.isLoopbackOnly,
      isReady: () => this.counts().ready,
      served: this.served,
      signal: this.#lifetime.signal,
    });
    const selectors = new WatchSelectors();
    const bodyMemory = new BodyMemory(() => this.#memory.maximum / BODY_SHARES);
    const requestCounts = new RequestCounts();
    this.#metrics = new ServerMetrics({
      served: this.served,
      readiness: this.#readiness,
      clock,
      requestCounts,
      memory: this.#memory,
      bodyMemory,
      eventLoop: this.#eventLoop,
      watches: this.#watches,
      selectors,
      budget,
      authorization: this.#authorization,
      visible: this.#visible,
      reviewCaches,
      connections: () => this.#listener,
    });
    this.handle = koaApplication({
      log,
      limits: this.#limits,
      isDraining: () => this.#isDraining,
      authenticate: this.#authentication.authenticate,
      authenticationState: {
        problem: () => this.#authentication.check?.problem(),
        isOutdated: (request) => this.#listener?.isOutdated(request) === true,
        onAuthenticated: (request) => this.#listener?.admit(request),
        allowsAnonymous: this.#authentication.allowsAnonymous,
        metrics: this.#metrics.access,
        log,
      },
      authorization: this.#authorization,
      discovery: new Discovery(apiGroupsOf(apis)),
      openApi: new OpenApi({ groupVersions: apis.map(openApiOf), version: frameworkVersion, clock }),
      readiness: this.#readiness,
      metrics: this.#metrics,
      requestCounts,
      audit: options.audit === undefined ? undefined : guardedAudit(options.audit, log),
      graph: () => this.debug(),
      versions: (group, version) => versions.get(`${group}/${version}`),
      watchContext: {
        clock,
        random,
        log,
        open: this.#watches,
        bookmarkTimer: new BookmarkTimer(clock, random),
        selectors,
        memory: this.#memory,
        bodyMemory,
        visibleRows: this.#visible,
        explanations: {
          resourceOf: (source) => informers?.resourceOf?.(source),
          mayGet: async ({ user, limits }, object) =>
            user !== undefined && this.#authorization.mayGet({ user, limits }, object),
        },
        scheduler: new EventLoopScheduler((error) => log.error('a watch failed', error)),
      },
    });
  }

  get port(): number {
    if (this.#listener === undefined) throw new Error('the server is not listening');
    return this.#listener.port;
  }

  counts(): ServerCounts {
    return {
      rows: this.served.reduce((sum, { view }) => sum + view.size, 0),
      changes: this.served.reduce((sum, { view }) => sum + view.changes, 0),
      watchers: this.#watches.size,
      rejectedPositions: this.served.reduce((sum, { view }) => sum + view.rejectedPositions, 0),
      ready: this.readiness().every(({ problem }) => problem === undefined),
      connections: this.#listener?.connections ?? 0,
      newConnections: this.#listener?.newConnections ?? 0,
      refusedForMemory: this.#memory.refused,
      ...this.#authorization.counts(),
      ...this.#sources.counts(),
    };
  }

  readiness(): readonly ReadinessCheck[] {
    return this.#readiness.map(({ name, problem }) => ({ name, problem: problem() }));
  }

  debug(): Graph {
    return debug(...this.served.map(({ view }) => view));
  }

  metrics(): Promise<string> {
    return this.#metrics.text();
  }

  start(): void {
    this.startQuietly();
    this.#startup.started();
  }

  startQuietly(): void {
    if (this.#closing !== undefined) throw new Error('the server is closed');
    this.#start();
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#eventLoop.start();
    this.#namespaces?.start(this.#lifetime.signal);
    for (const need of this.#needs) {
      const subscription = need.deltas$.subscribe(() => this.#startup.check());
      this.#lifetime.signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
    }
    for (const { view, definition } of this.served) {
      view.start();
      const end = logRowErrors(view, definition.plural, this.#log, this.#clock);
      this.#lifetime.signal.addEventListener('abort', end, { once: true });
    }
    const unwatch = this.#memorySource((reading) => this.#memory.record(reading));
    this.#lifetime.signal.addEventListener('abort', unwatch, { once: true });
    followRights(this.#rights, this.#lifetime.signal, () => this.#visible.rightsChanged());
    this.#sources.startLog(this.#log, [this.#authentication.source, this.#namespaces?.collection, ...this.#rights]);
    this.#authentication.follow(this.#lifetime.signal, (clientCas) => {
      this.#listener?.trust(clientCas);
      queueMicrotask(() => this.#startup.check());
    });
  }

  async listen(options: ListenOptions): Promise<void> {
    const { host, signal } = options;
    if (this.#closing !== undefined) throw new Error('the server is closed');
    if (this.#listening !== undefined) throw new Error('the server is already listening');
    if (this.#authentication.isLoopbackOnly && host !== undefined && !LOOPBACK.has(host)) {
      throw new ServerDefinitionError(
        `host: ${host} is not a loopback address, which authentication 'insecure-dev' requires`,
      );
    }
    if (options.tls === undefined) {
      throw new ServerDefinitionError(
        'tls: is missing; listen() needs { cert, key }, the serving certificate and its key as PEM, or { certFile, keyFile }',
      );
    }
    signal?.throwIfAborted();
    this.#listening = this.#listen(options);
    try {
      await this.#listening;
    } catch (error) {
      await this.#stop();
      this.#listening = undefined;
      throw error;
    }
    signal?.addEventListener('abort', () => void this.#end(), { once: true, signal: this.#lifetime.signal });
    if (signal?.aborted === true) await this.#end();
  }

  close(): Promise<void> {
    if (this.#isCloseCalled) this.#force.abort();
    this.#isCloseCalled = true;
    return this.#end();
  }

  #end(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #listen({ host, port, tls }: ListenOptions): Promise<void> {
    const { clientCas, isLoopbackOnly } = this.#authentication;
    const certificate = await readServingCertificate(tls, this.#log);
    const listener = new TlsListener({
      tls: certificate,
      clientCas,
      maxHeaders: this.#limits.headers,
      maxStreams: this.#limits.streams,
      maxNewConnections: this.#limits.newConnections,
      authenticationTimeout: this.#limits.authenticationTimeout,
      host: host ?? (isLoopbackOnly ? '127.0.0.1' : undefined),
      port,
      maxAge: this.#connections.maxAge ?? DEFAULT_MAX_AGE_MS,
      // Another replica does not know the positions of scheme `local`.
      goawayChance: this.served.some(({ view }) => view.scheme === 'local') ? 0 : (this.#connections.goawayChance ?? 0),
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      handle: this.handle,
    });
    await listener.listen();
    this.#listener = listener;
    const { signal } = this.#lifetime;
    const renew = (next: ServingCertificate): void => listener.renew(next);
    followServingCertificate(tls, certificate, { clock: this.#clock, log: this.#log, signal, renew });
    this.#start();
    this.#startup.listening(listener.address);
  }

  async #close(): Promise<void> {
    // A `listen` in progress is completed first, so that its listener is closed, too.
    await this.#listening?.catch(() => undefined);
    const { delay: unreadyDelay = 0, watchGracePeriod = WATCH_GRACE_MS } = this.#shutdown;
    const [clock, force] = [this.#clock, this.#force.signal];
    if (unreadyDelay > 0) {
      const leave = (): void => this.#listener?.leave();
      const cancel = clock.schedule(Math.max(0, unreadyDelay - LEAVING_MS), leave);
      await delay(clock, unreadyDelay, force);
      cancel();
    }
    this.#isDraining = true;
    this.#listener?.leave();
    await this.#watches.end({ period: watchGracePeriod, clock, force });
    await this.#stop();
    this.#lifetime.abort();
  }

  async #stop(): Promise<void> {
    await this.#listener?.close(this.#force.signal);
    this.#listener = undefined;
    this.#memory.stop();
    this.#eventLoop.stop();
    this.#sources.stopLog();
    this.#visible.stop();
    for (const { view } of this.served) view.stop();
    this.#isStarted = false;
  }
}

/** Returns an audit whose errors are logged: they must not change a response. */
function guardedAudit(audit: (event: AuditEvent) => void, log: Logger): (event: AuditEvent) => void {
  return (event) => {
    try {
      audit(event);
    } catch (error) {
      log.error('an audit event could not be recorded', error);
    }
  };
}

/** Whether the informers can send reviews to the cluster. */
function canReview(informers: Partial<UpstreamReviewer>): informers is UpstreamReviewer {
  return informers.review !== undefined;
}

/**
 * Direct callers are authenticated only if their requests are authorized, too. With `any-authenticated`, the server relies on the
 * kube-apiserver, so only the front proxy is.
 */
function defaultAuthentication({ authorization }: ApiServerOptions): AuthenticationOption {
  return authorization === 'any-authenticated' ? 'front-proxy' : 'delegated';
}

/** Whether the informers can write to the cluster in the name of users. */
function canWrite(informers: Partial<Upstream>): informers is Upstream {
  return informers.as !== undefined;
}
