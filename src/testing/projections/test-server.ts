/**
 * A server for tests that handles requests in the process, without a socket.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { duplexPair, Readable } from 'node:stream';
import { startQuietly } from '../../server/api-server.ts';
import { apiServer, type ApiServer, type ApiDefinition, type ApiServerOptions } from '../../server/index.ts';

/**
 * Options of a server under test: those of {@link ApiServerOptions}, all of them optional, and either `resources`, which are served under
 * `example.com/v1`, or `apis`. Requests need no credentials unless `authentication` says otherwise.
 */
export type TestServerOptions = Omit<Partial<ApiServerOptions>, 'apis'> &
  (
    | { readonly resources: ApiDefinition['resources']; readonly apis?: undefined }
    | { readonly apis: ApiServerOptions['apis']; readonly resources?: undefined }
  );

/** The options of a request, like those of `fetch`. */
export interface TestRequest {
  /** @default GET */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The fields that every object in a response has. */
export interface TestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion: string;
    readonly uid: string;
  };
}

/**
 * A response in the form that kubectl prints. Request it with the header `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`. `T` is the
 * expected type of `object`: the metadata of the row, or the row with `?includeObject=Object`.
 */
export interface TestTable<T = Pick<TestObject, 'metadata'>> {
  readonly columnDefinitions: readonly {
    readonly name: string;
    readonly type: string;
    /** 0: always printed. 1: printed with `-o wide` only. */
    readonly priority: number;
  }[];
  /** The cells of a row are in the order of the columns. */
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: T }[];
}

/** An event of a watch; an ERROR carries a Status. */
export interface TestWatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** A server without a listening socket. */
export class InProcessServer implements AsyncDisposable {
  readonly server: ApiServer;
  readonly #http: Server;
  readonly #lifetime = new AbortController();
  readonly #apis: ApiServerOptions['apis'];

  /** @throws TypeError unless the options have either `resources` or `apis` */
  constructor({ resources, apis, ...options }: TestServerOptions) {
    this.#apis = apisOf({ resources, apis });
    this.server = apiServer({
      apis: this.#apis,
      authentication: 'insecure-dev',
      shutdown: { watchGracePeriod: 0 },
      ...options,
    });
    this.#http = createServer((request, response) => this.server.handle(request, response));
    startQuietly(this.server);
  }

  /**
   * Sends a request. The body of a watch is a stream.
   * @param path `/apis/example.com/v1/…`, `/readyz` or another path of the server
   * @throws Error when the connection fails or the signal is aborted
   */
  request(path: string, { method = 'GET', headers = {}, body, signal }: TestRequest = {}): Promise<Response> {
    const [near, far] = duplexPair();
    // Unlike a socket, one end of the pair does not notice that the other end was destroyed.
    near.once('close', () => far.destroy());
    this.#http.emit('connection', far);
    const lifetime = new LinkedAbort(this.#lifetime.signal, signal);
    near.once('close', () => lifetime.unlink());
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          path,
          method,
          headers: { Host: 'in-process', 'Content-Length': String(Buffer.byteLength(body ?? '')), ...headers },
          // The HTTP client uses only the duplex part of a socket.
          createConnection: () => near,
          signal: lifetime.signal,
        },
        (incoming) => {
          incoming.on('error', () => undefined); // the reader of the body receives it
          const status = incoming.statusCode ?? 500;
          const isEmpty = status === 204 || status === 304 || method === 'HEAD';
          const stream = isEmpty ? null : Readable.toWeb(incoming);
          resolve(new Response(stream, { status, headers: headersOf(incoming.headersDistinct) }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /**
   * Sends a request and returns the JSON of the response, for any status. `T` is the expected type; it is not checked.
   * @throws Error with the status and the text if the response is not JSON, as for a path of a group that the server does not serve
   */
  async json<T = Record<string, unknown>>(path: string, request?: TestRequest): Promise<T> {
    const response = await this.request(path, request);
    const text = await response.text();
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      const [type = ''] = (response.headers.get('content-type') ?? 'no content').split(';');
      const served = this.#apis.map(({ group, version }) => `${group}/${version}`).join(', ') || 'no groups';
      throw new Error(
        `${request?.method ?? 'GET'} ${path} responded ${response.status} with ${type}: ${text.trim()}` +
          (response.status === 404 ? `; this server serves ${served}` : ''),
        { cause: error },
      );
    }
  }

  /**
   * Opens a watch and yields its events, until the server ends the watch or the caller stops reading.
   * @throws Error with the status and the body of the response if the watch is refused
   * @example
   * await using server = testServer({ resources: [podSummaries(pods)] });
   * for await (const { type } of server.watch('/apis/example.com/v1/podsummaries?watch=1')) expect(type).to.equal('ADDED');
   */
  async *watch<T = TestObject>(path: string, request: TestRequest = {}): AsyncGenerator<TestWatchEvent<T>, void, void> {
    const stop = new LinkedAbort(request.signal);
    const { signal } = stop;
    try {
      const response = await this.request(path, { ...request, signal });
      if (response.status !== 200 || response.body === null) {
        throw new Error(`the watch was refused: ${response.status} ${await response.text()}`);
      }
      let rest = '';
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = `${rest}${text}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as TestWatchEvent<T>;
      }
    } finally {
      stop.abort();
    }
  }

  /** Ends all watches and unsubscribes from the informers. */
  async close(): Promise<void> {
    await this.server.close();
    this.#lifetime.abort();
    this.#http.closeAllConnections();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Starts a server for tests, usually on fake informers. It has all of a real server except TLS and authentication.
 * @throws TypeError unless the options have either `resources` or `apis`
 * @example
 * await using server = testServer({ resources: [podSummaries(pods)] });
 * const list = await server.json('/apis/example.com/v1/podsummaries');
 */
export function testServer(options: TestServerOptions): InProcessServer {
  return new InProcessServer(options);
}

/** @throws TypeError unless there are either `resources` or `apis` */
function apisOf({ resources, apis }: Pick<TestServerOptions, 'resources' | 'apis'>): ApiServerOptions['apis'] {
  if (resources !== undefined && apis !== undefined) {
    throw new TypeError('testServer takes `resources` or `apis`, not both; move the resources into `apis`');
  }
  if (apis !== undefined) return apis;
  if (resources === undefined) throw new TypeError('testServer needs `resources` or `apis`');
  return [{ group: 'example.com', version: 'v1', resources }];
}

function headersOf(distinct: NodeJS.Dict<string[]>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(distinct)) for (const value of values ?? []) headers.append(name, value);
  return headers;
}
