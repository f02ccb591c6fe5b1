/**
 * An aggregated API server: koa over TLS, composed here.
 *
 * ```
 *   response headers → errors become Status → request info → authentication → routes
 * ```
 * @module
 */
import Koa from 'koa';
import { type Authenticator, DEVELOPMENT_USER, frontProxyAuthenticator } from './authentication/authenticator.ts';
import type { RequestHeaderConfig } from './authentication/request-header.ts';
import {
  AUTHENTICATION_CONFIG_MAP,
  type ConfigMapLike,
  RequestHeaderConfigSource,
} from './authentication/request-header-config.ts';
import type { Collection } from '../informers/collection/collection.ts';
import { ServerDefinitionError } from './errors.ts';
import { type Logger, stderrLogger } from './logger.ts';
import { authentication } from './middleware/authentication.ts';
import { errorStatus } from './middleware/error-status.ts';
import { requestInfo } from './middleware/request-info.ts';
import { responseHeaders } from './middleware/response-headers.ts';
import type { RawEndpoint } from './raw-endpoint.ts';
import type { RequestState } from './request-context.ts';
import type { Resource } from './resource.ts';
import { Discovery } from './routes/discovery.ts';
import { fixedRoutes } from './routes/fixed.ts';
import type { HealthCheck } from './routes/health.ts';
import { resources } from './routes/resources.ts';
import { ServedResource } from './served-resource.ts';
import { apiGroupOf, checkDefinition } from './server-definition.ts';
import { systemTimers, type Timers } from './timers.ts';
import { type ServingCertificate, TlsListener } from './tls-listener.ts';
import type { WatchStream } from './watch-stream.ts';

/** Where the cluster's word on its front proxy is read: an `InformerFactory` is one. */
export interface ConfigMaps {
  of(
    resource: { readonly group: string; readonly version: string; readonly resource: string },
    options: { readonly namespaces: readonly string[]; readonly fieldSelector: string },
  ): Collection<ConfigMapLike>;
}

/** How callers are known. */
export type AuthenticationOption =
  /** By the front proxy that the cluster's ConfigMap describes. Needs `informers`. */
  | 'front-proxy'
  /** By a front proxy described here. */
  | RequestHeaderConfig
  /** Everybody may do everything. Listens on loopback only. For development. */
  | 'insecure-dev';

/** What a server is made of. */
export interface ApiServerOptions {
  /** Reads the cluster's word on its front proxy. */
  readonly informers?: ConfigMaps | undefined;
  /** The API group: `example.com`. */
  readonly group: string;
  /** The version: `v1`. */
  readonly version: string;
  readonly resources: readonly (Resource | RawEndpoint)[];
  /** @default 'front-proxy' */
  readonly authentication?: AuthenticationOption | undefined;
  /** @default one line each on stderr */
  readonly log?: Logger | undefined;
  readonly timers?: Timers | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
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
  /** Open watches. */
  readonly watchers: number;
  /** Whether every resource can be read. */
  readonly ready: boolean;
}

/** A server; made by {@link apiServer}. */
export interface ApiServer {
  /** The resources as they are served. */
  readonly served: readonly ServedResource[];
  /** The port, while listening. @throws Error when it is not */
  readonly port: number;
  counts(): ServerCounts;
  /** What `/readyz` checks, with causes. */
  readonly readiness: readonly HealthCheck[];
  /**
   * Starts the informers and listens. Discovery and health are there at once; reads are answered 429 until their sources have synced.
   * @throws ListenError when the port is taken
   */
  listen(options: ListenOptions): Promise<void>;
  /** Ends everything: unready first, watches end cleanly, what is being answered is finished. Resolves when nothing is left. */
  close(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * A server of one group and version.
 * @throws ServerDefinitionError when it cannot be served as it is put together
 * @example
 * const server = apiServer({ informers, group: 'example.com', version: 'v1', resources: [resource({…}, rows)] });
 * await server.listen({ port: 8443, tls: { cert, key }, signal });
 */
export function apiServer(options: ApiServerOptions): ApiServer {
  const server = new KoaApiServer(options);
  return server;
}

class KoaApiServer implements ApiServer {
  readonly served: readonly ServedResource[];
  readonly readiness: readonly HealthCheck[];
  readonly #options: ApiServerOptions;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #log: Logger;
  readonly #streams = new Set<WatchStream>();
  readonly #lifetime = new AbortController();
  readonly #callback: ReturnType<Koa['callback']>;
  readonly #config: RequestHeaderConfigSource | undefined;
  #listener: TlsListener | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#random = options.random ?? Math.random;
    this.#log = options.log ?? stderrLogger;
    checkDefinition(options);
    const { authentication: by = 'front-proxy', informers } = options;
    if (by === 'front-proxy' && informers === undefined) {
      throw new ServerDefinitionError(
        'nobody could be authenticated: give informers (the front proxy is read from the cluster), or authentication',
      );
    }
    const { group, version } = options;
    const surroundings = { now: () => this.#timers.now(), random: this.#random };
    const byName = new Map<string, ServedResource | RawEndpoint>();
    for (const item of options.resources) {
      byName.set(
        item.discovery.name,
        item.type === 'raw' ? item : new ServedResource(group, version, item, surroundings),
      );
    }
    this.served = Array.from(byName.values()).filter((item) => item instanceof ServedResource);
    this.#config =
      (options.authentication ?? 'front-proxy') === 'front-proxy' && options.informers !== undefined
        ? new RequestHeaderConfigSource(configMapOf(options.informers))
        : undefined;
    this.readiness = this.#readinessChecks();
    const app = new Koa<RequestState>();
    app.silent = true;
    app.on('error', (error: unknown) => this.#log.error('a response failed', error));
    app.use(responseHeaders());
    app.use(errorStatus(this.#log));
    app.use(requestInfo());
    app.use(authentication(this.#authenticator()));
    app.use(fixedRoutes(new Discovery([apiGroupOf(options)]), this.readiness));
    app.use(
      resources((g, v) => (g === group && v === version ? byName : undefined), {
        timers: this.#timers,
        random: this.#random,
        open: this.#streams,
      }),
    );
    app.use((ctx) => {
      ctx.status = 404;
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.set('Content-Type', 'text/plain; charset=utf-8');
      ctx.body = '404 page not found\n';
    });
    this.#callback = app.callback();
  }

  get port(): number {
    if (this.#listener === undefined) throw new Error('the server is not listening');
    return this.#listener.port;
  }

  counts(): ServerCounts {
    return {
      rows: this.served.reduce((sum, { view }) => sum + view.size, 0),
      watchers: this.#streams.size,
      ready: this.readiness.every((check) => check.problem() === undefined),
    };
  }

  async listen({ port, host, tls, signal }: ListenOptions): Promise<void> {
    if (this.#listener !== undefined) throw new Error('the server is listening already');
    const insecure = this.#options.authentication === 'insecure-dev';
    if (insecure && host !== undefined && !LOOPBACK.has(host)) {
      throw new ServerDefinitionError(`insecure-dev answers everybody, so it listens on loopback only, not on ${host}`);
    }
    signal?.throwIfAborted();
    const fixed = typeof this.#options.authentication === 'object' ? [this.#options.authentication.clientCa] : [];
    const listener = new TlsListener({
      tls,
      clientCas: fixed,
      host: host ?? (insecure ? '127.0.0.1' : undefined),
      port,
      timers: this.#timers,
      handle: (request, response) => void this.#callback(request, response),
    });
    await listener.listen();
    this.#listener = listener;
    for (const { view } of this.served) view.start();
    let trusted = '';
    this.#config?.follow(this.#lifetime.signal, ({ clientCa }) => {
      if (clientCa === trusted) return;
      trusted = clientCa;
      listener.trust([clientCa]);
    });
    signal?.addEventListener('abort', () => void this.close(), { once: true });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const listener = this.#listener;
    for (const stream of this.#streams) stream.close();
    await listener?.close();
    this.#lifetime.abort();
    for (const { view } of this.served) view.stop();
  }

  #authenticator(): Authenticator {
    const { authentication: option = 'front-proxy' } = this.#options;
    if (option === 'insecure-dev') return () => DEVELOPMENT_USER;
    if (option === 'front-proxy') return frontProxyAuthenticator(() => this.#config?.config);
    return frontProxyAuthenticator(() => option);
  }

  #readinessChecks(): HealthCheck[] {
    const checks: HealthCheck[] = [
      { name: 'ping', problem: () => undefined },
      {
        name: 'informer-sync',
        problem: () => {
          const unready = this.served.flatMap(({ view }) => view.sources()).filter((source) => !source.ready);
          if (unready.length === 0) return undefined;
          return Array.from(new Set(unready.map(({ name, message }) => `${name}: ${message ?? 'not synced'}`))).join(
            '; ',
          );
        },
      },
    ];
    for (const { view, resource } of this.served) {
      checks.push({
        name: `cache-${resource.definition.plural}`,
        problem: () => (view.ready ? undefined : (view.trouble ?? 'waiting for the first complete state')),
      });
    }
    const config = this.#config;
    if (config !== undefined)
      checks.push({
        name: 'authentication',
        problem: () => (config.config === undefined ? config.problem : undefined),
      });
    checks.push({
      name: 'shutdown',
      problem: () => (this.#closing === undefined ? undefined : 'the server is shutting down'),
    });
    return checks;
  }
}

function configMapOf(informers: ConfigMaps): Collection<ConfigMapLike> {
  const [namespace = '', name = ''] = AUTHENTICATION_CONFIG_MAP.split('/');
  return informers.of(
    { group: '', version: 'v1', resource: 'configmaps' },
    { namespaces: [namespace], fieldSelector: `metadata.name=${name}` },
  );
}
