/**
 * A server as those see it who put it together: what it is made of, where it listens, what it can be asked.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';
import type { Upstream } from '../informers/collection/upstream.ts';
import type { Graph } from '../projections/graph/debug.ts';
import type { AuthenticationOption, ConfigMaps } from './access/server-authentication.ts';
import type { RequestHandler } from './http/koa-application.ts';
import type { NamespaceObject } from './write/live-namespaces.ts';
import type { Logger } from './logger.ts';
import type { HealthCheck } from './describe/health.ts';
import type { ApiDefinition } from './define/api-definition.ts';
import type { Clock } from '../clock.ts';
import type { ServingCertificate } from './http/tls-listener.ts';

/** What a server is made of. */
export interface ApiServerOptions {
  /** Read the cluster's word on its front proxy, and write what rows are made of, for definitions with `write`. */
  readonly informers?: (ConfigMaps & Partial<Upstream> & Partial<Namespaces>) | undefined;
  /**
   * The API versions to serve, each with its resources. Discovery lists groups and versions in this order: the first version of a group
   * is its preferred one.
   */
  readonly apis: readonly ApiDefinition[];
  /** @default 'front-proxy' */
  readonly authentication?: AuthenticationOption | undefined;
  /** @default one line each on stderr */
  readonly log?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
  readonly shutdown?: ShutdownOptions | undefined;
  /**
   * Bytes that compressed lists may take, of all resources together, so that a list that many read is compressed once for each of its
   * versions. 0 keeps none.
   * @default 64 MiB
   */
  readonly compressedListBytes?: number | undefined;
}

/** Knows the namespaces of the cluster: an `InformerFactory` does. */
export interface Namespaces {
  /** Custom resources can be created in these alone. Where the server may not list them, in any. */
  readonly namespaces: Collection<NamespaceObject>;
}

/** How a server ends, in milliseconds. */
export interface ShutdownOptions {
  /**
   * For so long everything works but `/readyz`: until nobody sends requests here any more. Behind an aggregator 30 s, and what the
   * Service takes to notice.
   * @default 0
   */
  readonly delay?: number | undefined;
  /** The ends of watches are spread over this time, so that their clients do not all come back at once. @default 3000 */
  readonly watchGracePeriod?: number | undefined;
}

/** Where to listen. */
export interface ListenOptions {
  /** 0: any free one. */
  readonly port: number;
  /** @default all addresses; 127.0.0.1 with `insecure-dev` */
  readonly host?: string | undefined;
  readonly tls: ServingCertificate;
  /** Ends the server when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts of a running server. */
export interface ServerCounts {
  /** Rows of all resources. */
  readonly rows: number;
  /** Changes of rows since the server started. */
  readonly changes: number;
  /** Open watches. */
  readonly watchers: number;
  /** Whether every resource can be read. */
  readonly ready: boolean;
}

/** A server; made by {@link apiServer}. */
export interface ApiServer {
  /** The port, while listening. @throws Error when it is not */
  readonly port: number;
  counts(): ServerCounts;
  /** The graph behind the resources, as it is now: what is derived from what, how much each step holds, which scheme each view has and why. */
  debug(): Graph;
  /** What `/readyz` checks, with causes. */
  readonly readiness: readonly HealthCheck[];
  /**
   * Answers a request of a `node:http`, `https` or `http2` server of one's own. Callers are known as the options say: a front proxy needs
   * a TLS socket that asks for client certificates; with `insecure-dev` whoever can reach it may do everything.
   */
  readonly handle: RequestHandler;
  /** Starts the informers without listening anywhere, for {@link handle}. `listen` does it too. @throws Error when the server is closed */
  start(): void;
  /**
   * Starts the informers and listens, once. Discovery and health are there at once; reads are answered 429 until their sources have
   * synced.
   * @throws ListenError when the port is taken
   */
  listen(options: ListenOptions): Promise<void>;
  /**
   * Ends everything: unready first, then new requests are refused, watches end cleanly one after the other, and what is being answered
   * is finished. Resolves when nothing is left. Called again, it ends all that at once.
   */
  close(): Promise<void>;
}
