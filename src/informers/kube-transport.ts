/**
 * Requests to the API server of a kubeconfig, over connections that all informers share.
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Dispatcher, request } from 'undici';
import { connectionFailure } from './connection-failure.ts';
import {
  UpstreamApiError,
  type ApiStatus,
  ConnectionError,
  DecodeError,
  IdleTimeoutError,
  ResponseTooLargeError,
} from './errors.ts';
import { currentCluster, currentCredentials, type KubeCredentials } from './kube-credentials.ts';
import { kubeDispatcher } from './kube-dispatcher.ts';

export interface KubeTransportOptions {
  /** Default `kubefacet`. */
  readonly userAgent?: string | undefined;
  /** How long the server may take to begin its answer, in milliseconds. Default 30 s. */
  readonly headersTimeout?: number | undefined;
  /** The largest answer held in memory, in bytes. Watches are not. Default 256 MiB: Node's strings end at twice that. */
  readonly largestBody?: number | undefined;
}

export interface KubeRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined;
  /** Parameters; those that are undefined are not sent. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string | undefined;
  /**
   * Further headers, a list as one header for each of its values. Such requests are sent by HTTP/1.1: over HTTP/2, undici would join the
   * values of a list to one, which says something else. Those that make the request somebody's (`impersonate-*`) take the place of all such
   * headers of the kubeconfig.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the answer may pause, in milliseconds. Default 30 s. */
  readonly idleTimeout?: number | undefined;
}

/**
 * A successful answer whose body has not been read. It must be read to its end, or destroyed. What befalls it is told to who reads it, and
 * to nobody else.
 */
export interface KubeResponse {
  readonly status: number;
  readonly body: Dispatcher.ResponseData['body'];
}

const ANSWER_TIMEOUT = 30_000;
const LARGEST_BODY = 256 * 1024 * 1024;
/** Of an error's body we read this much, in bytes. */
const LARGEST_ERROR = 64 * 1024;

/**
 * One per kubeconfig. Speaks HTTP/2 where the server does, over one connection; keeps connections as long as certificates stay the
 * same; sends the credentials of the moment with each request.
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
    // Connections and requests listen, and there may be many.
    setMaxListeners(0, this.#closing.signal);
  }

  /** URL of the API server. @throws KubeConfigError */
  get server(): string {
    return currentCluster(this.#kubeConfig).server;
  }

  /**
   * An object: `transport.get<V1ConfigMap>('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication')`.
   * @throws like {@link send}
   */
  get<T>(path: string, options: Omit<KubeRequest, 'method' | 'body'> = {}): Promise<T> {
    return this.send<T>(path, options);
  }

  /**
   * A request whose answer is one JSON value.
   * @throws like {@link open}; DecodeError when it is none, ResponseTooLargeError when it is larger than `largestBody`
   */
  async send<T>(path: string, options: KubeRequest = {}): Promise<T> {
    const { body } = await this.open(path, options);
    const limit = this.#options.largestBody ?? LARGEST_BODY;
    const bytes = await this.#read(body, limit, options.signal);
    if (bytes === undefined) throw new ResponseTooLargeError(path, limit);
    try {
      return JSON.parse(bytes.toString()) as T;
    } catch (error) {
      throw new DecodeError(`${path}: the answer is not JSON`, { cause: error });
    }
  }

  /**
   * A request whose answer is read as it comes.
   * @throws UpstreamApiError for a status other than 2xx; ConnectionError, IdleTimeoutError, KubeConfigError, CredentialsError; the reason of
   * the signal
   */
  async open(path: string, options: KubeRequest = {}): Promise<KubeResponse> {
    const { signal } = options;
    const credentials = await currentCredentials(this.#kubeConfig);
    signal?.throwIfAborted();
    const dispatcher = this.#dispatcher(credentials);
    let response: Dispatcher.ResponseData;
    try {
      response = await request(this.#url(path, options.query), {
        dispatcher,
        // Known to undici's agents, not to its types.
        ...(options.headers === undefined ? {} : { allowH2: false }),
        method: options.method ?? 'GET',
        headers: {
          ...(options.headers === undefined ? credentials.headers : withoutImpersonation(credentials.headers)),
          ...mutable(options.headers),
          accept: 'application/json',
          'user-agent': this.#options.userAgent ?? 'kubefacet',
          ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        },
        body: options.body === undefined ? null : JSON.stringify(options.body),
        headersTimeout: this.#options.headersTimeout ?? ANSWER_TIMEOUT,
        bodyTimeout: options.idleTimeout ?? ANSWER_TIMEOUT,
        // Both: a dispatcher that was told to end in peace does not know its requests any more.
        signal: AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]),
      });
    } catch (error) {
      const failure = this.failure(error, signal);
      if (failure instanceof IdleTimeoutError) this.#distrust(dispatcher);
      throw failure;
    }
    // Without a listener, an error of a body that is not being read would end the process: one that breaks, or that is thrown away.
    response.body.on('error', () => undefined);
    if (response.statusCode >= 200 && response.statusCode < 300)
      return { status: response.statusCode, body: response.body };
    throw await this.#apiError(response, signal);
  }

  /** Ends all requests and connections. What is requested later fails. Called again, it does nothing. */
  async close(): Promise<void> {
    this.#current = undefined;
    const dispatchers = Array.from(this.#dispatchers);
    this.#dispatchers.clear();
    this.#closing.abort(closedError());
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  /** What to throw for what reading a body failed with. */
  failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    // Whatever it looked like to who was cut off.
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
    if (this.#current !== undefined) this.#distrust(this.#current.dispatcher);
    const dispatcher = kubeDispatcher(credentials, this.#closing.signal);
    this.#dispatchers.add(dispatcher);
    this.#current = { dispatcher, fingerprint: credentials.fingerprint };
    return dispatcher;
  }

  /** New requests get a new connection; what runs on the old one may end in peace. */
  #distrust(dispatcher: Dispatcher): void {
    if (this.#current?.dispatcher === dispatcher) this.#current = undefined;
    if (!this.#dispatchers.has(dispatcher)) return;
    // Rejected only when it has been destroyed, by close(), which has the dispatcher no more then.
    dispatcher.close().then(
      () => this.#dispatchers.delete(dispatcher),
      () => this.#dispatchers.delete(dispatcher),
    );
  }

  /** Undefined when there is more than `limit`. */
  async #read(body: KubeResponse['body'], limit: number, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    try {
      for await (const piece of body as AsyncIterable<Buffer>) {
        length += piece.length;
        if (length > limit) {
          body.destroy();
          return undefined;
        }
        pieces.push(piece);
      }
    } catch (error) {
      throw this.failure(error, signal);
    }
    return Buffer.concat(pieces, length);
  }

  async #apiError(
    { statusCode, headers, body }: Dispatcher.ResponseData,
    signal: AbortSignal | undefined,
  ): Promise<UpstreamApiError> {
    const text = (await this.#read(body, LARGEST_ERROR, signal))?.toString() ?? '';
    const after = retryAfterSeconds(headers['retry-after']);
    return new UpstreamApiError(
      statusOf(text) ?? { message: `the API server answered ${statusCode}: ${firstLine(text)}`.replace(/: $/, '') },
      {
        code: statusCode,
        retryAfterSeconds: after,
      },
    );
  }
}

function withoutImpersonation(headers: KubeCredentials['headers']): KubeCredentials['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith('impersonate-')));
}

function mutable(headers: KubeRequest['headers'] = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

function closedError(cause?: unknown): ConnectionError {
  return new ConnectionError('the transport is closed', cause === undefined ? undefined : { cause });
}

/** Seconds from a Retry-After header, which is a number or a date (RFC 9110, 10.2.3). */
function retryAfterSeconds(header: string | string[] | undefined): number | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

function statusOf(text: string): ApiStatus | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Status') return undefined;
    return value as ApiStatus;
  } catch {
    // a proxy's own page, or nothing
    return undefined;
  }
}

function firstLine(text: string): string {
  return (text.trimStart().split('\n', 1)[0] ?? '').slice(0, 200);
}
