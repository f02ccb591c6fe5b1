/**
 * Requests to the API server of a kubeconfig. All informers share its connections. The file has more than 250 lines,
 * because requests, redirects and connections share the state of one transport.
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Dispatcher, request } from 'undici';
import { LinkedAbort, unlessAborted } from '../abort.ts';
import { currentCluster, currentUser, impersonationOf } from './current-context.ts';
import { DecodeError, IdleTimeoutError, ResponseTooLargeError } from './errors.ts';
import { parseExact, stringifyExact } from '../exact-json.ts';
import { refuseSecondUser } from './impersonation.ts';
import { currentCredentials, type KubeCredentials } from './kube-credentials.ts';
import { kubeDispatcher } from './kube-dispatcher.ts';
import { decompressed, readBody, redirectTarget, type ResponseBody } from './kube-response.ts';
import { requestHeaders } from './request-headers.ts';
import { closedError, connectionFailure, responseFailure } from './request-failure.ts';
import type { PingTimes } from './silent-connection.ts';

/** Options of a {@link KubeTransport}. */
export interface KubeTransportOptions {
  /** The User-Agent header. Default `kubefacet`. */
  readonly userAgent?: string | undefined;
  /** The maximum time until the response begins, in milliseconds. Default 30 s. */
  readonly headersTimeout?: number | undefined;
  /**
   * The maximum size of a response in memory, in bytes. It does not apply to watches. Default 256 MiB, half of the maximum size of a
   * string in Node.js.
   */
  readonly maxResponseBytes?: number | undefined;
  /** The environment variables for exec plugins and of proxies. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * The times of HTTP/2 pings. A connection without a reply is closed, and its requests fail. Default as in client-go: a ping every 30 s,
   * and 15 s for the reply.
   */
  readonly pings?: PingTimes | undefined;
}

/** The parts of a request, except its path. */
export interface KubeRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined;
  /** Query parameters. Undefined ones are not sent. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string | undefined;
  /**
   * Further headers. A list of values is sent as one header for each value. A request with further headers uses HTTP/1.1: over HTTP/2,
   * undici would join the values of a list to one value, which has another meaning. Headers for impersonation (`impersonate-*`) are
   * refused if the kubeconfig impersonates a user itself.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The maximum time between two chunks of the response, in milliseconds; 0 for no limit. Default 30 s. */
  readonly idleTimeout?: number | undefined;
  /** The maximum size of the body that `send` reads, in bytes. Default: that of the transport. */
  readonly maxResponseBytes?: number | undefined;
}

/**
 * A successful response with an unread body. The caller must read the body to its end or destroy it. Only the reader of the body gets
 * its errors.
 */
export interface KubeResponse {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: ResponseBody;
}

/** A response with any status. */
type RawResponse = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'> & Pick<KubeResponse, 'body'>;

const RESPONSE_TIMEOUT_MS = 30_000;
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
/** The maximum size of the body of an error response, in bytes. A larger body is ignored. */
const MAX_ERROR_BYTES = 64 * 1024;
/** The maximum number of redirects of a request, as in Go. */
const MAX_REDIRECTS = 10;

/**
 * Sends requests to one API server. It uses one HTTP/2 connection if the server supports that, keeps connections while the certificates
 * stay the same, and sends the current credentials with each request. One transport serves one kubeconfig.
 */
export class KubeTransport {
  readonly #kubeConfig: KubeConfig;
  readonly #options: KubeTransportOptions;
  readonly #dispatchers = new Set<Dispatcher>();
  /** Aborted when the transport is closed. */
  readonly #closing = new AbortController();
  #current: { readonly dispatcher: Dispatcher; readonly fingerprint: string } | undefined;

  constructor(kubeConfig: KubeConfig, options: KubeTransportOptions = {}) {
    this.#kubeConfig = kubeConfig;
    this.#options = options;
    // Each connection and each request adds a listener. Without this call, Node could warn about the number of listeners.
    setMaxListeners(0, this.#closing.signal);
  }

  /** The URL of the API server. @throws KubeConfigError */
  get server(): string {
    return currentCluster(this.#kubeConfig).server;
  }

  /** @throws ImpersonationError if the kubeconfig impersonates a user itself, so that a request cannot impersonate one with `headers` */
  refuseSecondUser(headers: NonNullable<KubeRequest['headers']>): void {
    const user = currentUser(this.#kubeConfig);
    if (user !== undefined) refuseSecondUser(impersonationOf(user), headers);
  }

  /**
   * Reads an object: `transport.get<V1ConfigMap>('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication')`.
   * @throws like {@link send}
   */
  get<T>(path: string, options: Omit<KubeRequest, 'method' | 'body'> = {}): Promise<T> {
    return this.send<T>(path, options);
  }

  /**
   * Sends a request and returns the JSON value of its response.
   * @throws like {@link open}; DecodeError if the response is not JSON; ResponseTooLargeError if it is larger than `maxResponseBytes`
   */
  async send<T>(path: string, options: KubeRequest = {}): Promise<T> {
    const bytes = await this.bytes(path, options);
    try {
      return parseExact(bytes.toString()) as T;
    } catch (error) {
      throw new DecodeError(`${path}: the response is not JSON`, { cause: error });
    }
  }

  /**
   * Sends a request and returns the bytes of its response.
   * @throws like {@link open}; ResponseTooLargeError if it is larger than `maxResponseBytes`
   */
  async bytes(path: string, options: KubeRequest = {}): Promise<Buffer> {
    const { body } = await this.open(path, options);
    const limit = options.maxResponseBytes ?? this.#options.maxResponseBytes ?? MAX_RESPONSE_BYTES;
    const bytes = await this.#read(body, limit, options.signal);
    if (bytes === undefined) throw new ResponseTooLargeError(path, limit);
    return bytes;
  }

  /**
   * Sends a request and returns its response before the body has arrived.
   * @throws UpstreamApiError for a status other than 2xx; ConnectionError, IdleTimeoutError, KubeConfigError, CredentialsError,
   * ImpersonationError; RedirectError if the server redirects to another host; DecodeError for an unknown compression; the reason of the
   * signal
   */
  async open(path: string, options: KubeRequest = {}): Promise<KubeResponse> {
    const { method = 'GET', signal } = options;
    let credentials: KubeCredentials = await this.#credentials(signal);
    let url = this.#url(path, options.query);
    for (let redirects = 0, isRenewed = false; ;) {
      const { statusCode, headers, body } = await this.#request(url, options, credentials);
      if (statusCode >= 200 && statusCode < 300) return { status: statusCode, headers, body };
      const text = await this.#read(body, MAX_ERROR_BYTES, signal);
      const renewed: KubeCredentials | undefined =
        statusCode === 401 && !isRenewed ? await this.#renewed(credentials, signal) : undefined;
      const target = redirects < MAX_REDIRECTS ? redirectTarget(url, method, statusCode, headers) : undefined;
      if (renewed !== undefined) [credentials, isRenewed] = [renewed, true];
      else if (target !== undefined) [url, redirects] = [target, redirects + 1];
      else throw responseFailure(statusCode, headers, text?.toString() ?? '');
    }
  }

  async #credentials(signal: AbortSignal | undefined): Promise<KubeCredentials> {
    const reading = currentCredentials(this.#kubeConfig, this.#options);
    // An exec plugin may take long. Other requests continue to wait for it.
    return unlessAborted(signal === undefined ? reading : unlessAborted(reading, signal), this.#closing.signal);
  }

  /** Returns other credentials than those that the server rejected, undefined if there are no others. */
  async #renewed(rejected: KubeCredentials, signal: AbortSignal | undefined): Promise<KubeCredentials | undefined> {
    if (rejected.reject === undefined) return undefined;
    rejected.reject();
    // If the plugin fails, the 401 is the better error.
    const credentials = await this.#credentials(signal).catch(() => rejected);
    const { headers, fingerprint } = credentials;
    const isSame =
      headers['authorization'] === rejected.headers['authorization'] && fingerprint === rejected.fingerprint;
    return isSame ? undefined : credentials;
  }

  async #request(url: URL, options: KubeRequest, credentials: KubeCredentials): Promise<RawResponse> {
    const { signal } = options;
    signal?.throwIfAborted();
    const sent = requestHeaders({
      own: credentials.headers,
      added: options.headers,
      userAgent: this.#options.userAgent ?? 'kubefacet',
      contentType: options.body === undefined ? undefined : (options.contentType ?? 'application/json'),
    });
    const dispatcher = this.#dispatcher(credentials);
    const lifetime = new LinkedAbort(this.#closing.signal, signal);
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        ...sent,
        method: options.method ?? 'GET',
        body: options.body === undefined ? null : stringifyExact(options.body),
        headersTimeout: this.#options.headersTimeout ?? RESPONSE_TIMEOUT_MS,
        bodyTimeout: options.idleTimeout ?? RESPONSE_TIMEOUT_MS,
        // A dispatcher on which close() was called no longer aborts its requests, so each request also has the signal of the transport.
        signal: lifetime.signal,
      });
      // If the connection breaks while nothing reads the body, the error of the body would end the process without this listener.
      body.on('error', () => undefined);
      body.once('close', () => lifetime.unlink());
      return { statusCode, headers, body: decompressed(body, headers) };
    } catch (error) {
      lifetime.unlink();
      if (error instanceof DecodeError) throw error;
      const failure = this.failure(error, signal);
      if (failure instanceof IdleTimeoutError) this.#retire(dispatcher);
      throw failure;
    }
  }

  /** Ends all requests and connections. Later requests fail. Calling it again has no effect. */
  async close(): Promise<void> {
    this.#current = undefined;
    const dispatchers = Array.from(this.#dispatchers);
    this.#dispatchers.clear();
    this.#closing.abort(closedError());
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  /** Returns the error to throw when the body of a response fails with `error`. */
  failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    // close() ends requests with errors of many types.
    if (this.#closing.signal.aborted) return closedError(error);
    return connectionFailure(this.server, error);
  }

  #url(path: string, query: KubeRequest['query'] = {}): URL {
    const url = new URL(this.server.replace(/\/+$/, '') + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  #dispatcher(credentials: KubeCredentials): Dispatcher {
    if (this.#closing.signal.aborted) throw closedError();
    if (this.#current?.fingerprint === credentials.fingerprint) return this.#current.dispatcher;
    if (this.#current !== undefined) this.#retire(this.#current.dispatcher);
    const dispatcher = kubeDispatcher(credentials, this.#closing.signal, this.#options.pings);
    this.#dispatchers.add(dispatcher);
    this.#current = { dispatcher, fingerprint: credentials.fingerprint };
    return dispatcher;
  }

  /** Sends new requests over a new connection. Requests on the old connection may complete. */
  #retire(dispatcher: Dispatcher): void {
    if (this.#current?.dispatcher === dispatcher) this.#current = undefined;
    if (!this.#dispatchers.has(dispatcher)) return;
    // The promise rejects only if close() of the transport has destroyed the dispatcher.
    dispatcher.close().then(
      () => this.#dispatchers.delete(dispatcher),
      () => this.#dispatchers.delete(dispatcher),
    );
  }

  /** Reads a body; undefined if it is larger than `limit`. */
  async #read(body: Readable, limit: number, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
    try {
      return await readBody(body, limit);
    } catch (error) {
      throw this.failure(error, signal);
    }
  }
}
