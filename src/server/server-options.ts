/**
 * The public interfaces of a server: its options, its state, and its lifecycle.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Collection } from '../informers/collection/collection.ts';
import type { Upstream, UpstreamReviewer, UpstreamSources } from '../informers/collection/upstream.ts';
import type { Graph } from '../projections/graph/debug.ts';
import type { AuthorizationCounts, AuthorizationOption } from './access/server-authorization.ts';
import type { Rights } from './access/rights.ts';
import type { AuthenticationOption, ConfigMaps } from './access/server-authentication.ts';
import type { ApiDefinition } from './define/api-definition.ts';
import type { LimitOptions } from './define/limit-options.ts';
import type { SourceCounts } from './describe/served-sources.ts';
import type { RequestHandler } from './http/koa-application.ts';
import type { ServingCertificateSource } from './http/serving-certificate.ts';
import type { AuditEvent } from './http/audit.ts';
import type { Logger } from './logger.ts';
import type { MemorySource } from './read/process-memory.ts';
import type { NamespaceObject } from './write/live-namespaces.ts';

/** Options of {@link apiServer}. */
export interface ApiServerOptions {
  /**
   * The informers of the cluster: an `InformerFactory`. The server uses it to read the configuration of authentication, to send reviews
   * (`authentication` and `authorization: 'delegated'`), to know the namespaces in which custom resources can be created,
   * to write the objects behind rows (`write`), to know of which resources the objects in an explanation are, and to learn that rights have
   * changed (`authorize: 'rows'`).
   */
  readonly informers?:
    | (ConfigMaps & Partial<Upstream & UpstreamReviewer & UpstreamSources & Namespaces & Rights>)
    | undefined;
  /**
   * The API versions to serve, with their resources. Discovery lists groups and versions in this order, and the first version of a group is
   * its preferred one.
   */
  readonly apis: readonly ApiDefinition[];
  /** How callers are authenticated. @default 'delegated', but 'front-proxy' with `authorization: 'any-authenticated'` */
  readonly authentication?: AuthenticationOption | undefined;
  /**
   * How requests are authorized. Members of `system:masters` may do everything, and `/healthz`, `/livez` and `/readyz` are open; everything
   * else is denied unless the authorizer allows it.
   * @default 'delegated'
   */
  readonly authorization?: AuthorizationOption | undefined;
  /**
   * The time in milliseconds between two reviews of an open watch. A watch whose user has lost the right ends after this time and ten more
   * seconds at most.
   * @default 30_000
   */
  readonly watchReviewInterval?: number | undefined;
  /** @default stderrLogger, one line for each message */
  readonly log?: Logger | undefined;
  /**
   * Receives an audit event for each request, except probes of health. An error that it throws is logged.
   * @default none
   */
  readonly audit?: ((event: AuditEvent) => void) | undefined;
  /** The time and the timers of the server, for tests. @default systemClock */
  readonly clock?: Clock | undefined;
  /** Returns random numbers in [0, 1), for tests. @default Math.random */
  readonly random?: (() => number) | undefined;
  readonly shutdown?: ShutdownOptions | undefined;
  /** How clients are moved to new connections, so that they spread over replicas. */
  readonly connections?: ConnectionOptions | undefined;
  /**
   * The maximum number of bytes that the server keeps to send lists again, for all resources together: metadata and rows of Tables,
   * compressed blocks of rows, and compressed lists. The least recently read are dropped first. 0 keeps nothing.
   * @default 64 MiB
   */
  readonly listCacheBytes?: number | undefined;
  /** Reports the memory of the process after garbage collections, for tests of `limits.memoryPercent`. @default the process */
  readonly memory?: MemorySource | undefined;
  /** The limits of requests. */
  readonly limits?: LimitOptions | undefined;
  /**
   * The time in milliseconds without an event, bookmark or list after which a source counts as stale: in the log, in `/readyz?verbose` and in
   * {@link ServerCounts}. Stale sources never make the server unready. A source sends a bookmark each minute.
   * @default 180_000
   */
  readonly staleAfter?: number | undefined;
}

/** The namespaces of the cluster. An `InformerFactory` has them. */
export interface Namespaces {
  /**
   * Namespaced custom resources can be created in these namespaces only. If the server is not allowed to list namespaces, they can be
   * created in any namespace.
   */
  readonly namespaces: Collection<NamespaceObject>;
}

/** Options of the shutdown. All times are in milliseconds. */
export interface ShutdownOptions {
  /**
   * The time from `close` until new requests are refused. During it, only `/readyz` fails, so that load balancers stop sending requests.
   * Behind an aggregator, use 30 s plus the time that the Service needs to notice.
   * @default 0
   */
  readonly delay?: number | undefined;
  /** The time over which the ends of watches are spread, so that clients do not reconnect all at once. @default 3000 */
  readonly watchGracePeriod?: number | undefined;
}

/** Options of the connections of clients. */
export interface ConnectionOptions {
  /**
   * The maximum age of a connection in milliseconds, plus or minus a tenth; 0 for none. The server asks the client to use another connection,
   * and closes this one after its last response. Watches end as usual, by their timeouts.
   * @default 3_600_000
   */
  readonly maxAge?: number | undefined;
  /**
   * The share of the requests of HTTP/2 that end their connection in this way, like `--goaway-chance` of kube-apiserver. It is ignored if a
   * resource has positions of scheme `local`, because another replica does not know them.
   * @default 0
   */
  readonly goawayChance?: number | undefined;
}

/** Options of {@link ApiServer.listen}. */
export interface ListenOptions {
  /** The port. 0 selects a free one; see {@link ApiServer.port}. */
  readonly port: number;
  /** The address to listen on. @default all addresses; 127.0.0.1 with `insecure-dev` */
  readonly host?: string | undefined;
  /**
   * The serving certificate: fixed, in files, or returned by a function. Files and functions are read again every 10 s. New connections get
   * the new certificate, and existing connections stay open.
   */
  readonly tls: ServingCertificateSource;
  /** Shuts the server down when it is aborted, as {@link ApiServer.close} does. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts of a running server. */
export interface ServerCounts extends SourceCounts, AuthorizationCounts {
  /** The number of rows of all resources. */
  readonly rows: number;
  /** The number of changes of rows since the server was started. */
  readonly changes: number;
  /** The number of open watches. */
  readonly watchers: number;
  /**
   * The number of resourceVersions that were rejected because clients had other rows at that version: rows of other code, of a history that a
   * restore has undone, or of a replica that has diverged.
   */
  readonly rejectedPositions: number;
  /** Whether every check of `/readyz` passes. */
  readonly ready: boolean;
  /** The number of open connections, after the TLS handshake. */
  readonly connections: number;
  /** The number of connections that have not sent an authenticated request, also during the TLS handshake. */
  readonly newConnections: number;
  /** The number of lists and watches that were refused because too much memory is in use. */
  readonly refusedForMemory: number;
}

/** The state of one check of `/readyz`. */
export interface ReadinessCheck {
  /** The name, as `/readyz?verbose` shows it: `informer-sync`, `cache-podsummaries`. */
  readonly name: string;
  /** The reason why the check fails; undefined if it passes. */
  readonly problem: string | undefined;
}

/** An aggregated API server. Made by {@link apiServer}. */
export interface ApiServer {
  /** The port on which the server listens. @throws Error if it does not listen */
  readonly port: number;
  /** Returns the current counts. */
  counts(): ServerCounts;
  /** Returns the graph of the collections behind the resources, with the number of objects in each step and the scheme of each view. */
  debug(): Graph;
  /** Returns the metrics of `/metrics`, in the text format of Prometheus. */
  metrics(): Promise<string>;
  /** Returns the checks of `/readyz`, with the reasons of failures, which clients do not see. */
  readiness(): readonly ReadinessCheck[];
  /**
   * Handles a request of a server that you create with `node:http`, `node:https` or `node:http2`. Call {@link start} before. Callers are
   * authenticated in the same way: a front proxy needs a TLS socket that requests client certificates. With `insecure-dev`, every client
   * that can reach your server may do everything.
   */
  readonly handle: RequestHandler;
  /**
   * Starts the informers without listening, for {@link handle}. `listen` starts them, too. The log has the same lines as for `listen`: that
   * the server has started, and when it is ready.
   * @throws Error if the server is closed
   */
  start(): void;
  /**
   * Listens, and starts the informers. Can be called once. When it resolves, discovery and health work, but the resources may still be
   * syncing: until then, their requests receive a 429 with `Retry-After`.
   * @throws ListenError if the port is in use or the address is not available
   * @throws ServerDefinitionError if `tls` is missing, or for `insecure-dev` on an address other than loopback
   */
  listen(options: ListenOptions): Promise<void>;
  /**
   * Shuts the server down: `/readyz` fails, then new requests are refused, watches end one after the other, and pending requests are
   * completed. Resolves when all connections are closed. A second call ends the waiting: open connections are cut within 100 ms.
   */
  close(): Promise<void>;
}
