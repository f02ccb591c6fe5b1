/** Requests over HTTP/1.1, with everything of the response that a client can see. */
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { gunzipSync } from 'node:zlib';

/** A server to send requests to. */
export interface Target {
  readonly origin: URL;
  /** TLS options for node:https: the authority, the client certificate and the agent. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername'> & { readonly agent?: Agent | undefined };
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

export interface ExchangeRequest {
  readonly method?: string | undefined;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The decompressed body. */
  readonly text: string;
  /** The end of the body: complete, cut, or not reached before the timeout. */
  readonly end: 'complete' | 'cut' | 'endless';
}

/** A request in flight. */
export interface Exchange {
  /** Resolves when the headers have arrived or the request has failed. */
  readonly opened: Promise<void>;
  readonly response: Promise<RecordedResponse>;
}

/** The timeout of a response in ms. All watches of the comparison are shorter. */
const TIMEOUT_MS = 60_000;

/** Sends a request. The response rejects only if the server cannot be reached. */
export function exchange(target: Target, { method = 'GET', path, headers = {}, body }: ExchangeRequest): Exchange {
  const opened = Promise.withResolvers<void>();
  const result = Promise.withResolvers<RecordedResponse>();
  const { origin, tls } = target;
  const send = origin.protocol === 'http:' ? httpRequest : httpsRequest;
  const request = send(
    {
      host: origin.hostname,
      port: origin.port,
      path,
      method,
      headers: {
        'User-Agent': 'comparison',
        // Node does not frame the body of a DELETE by default.
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...target.headers,
        ...headers,
      },
      ...tls,
    },
    (response) => {
      opened.resolve();
      void read(response).then(result.resolve, result.reject);
    },
  );
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    opened.resolve();
    result.resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '', end: 'complete' });
  });
  request.on('error', (error) => {
    opened.resolve();
    result.reject(new Error(`${method} ${path}: ${error.message}`, { cause: error }));
  });
  request.end(body);
  return { opened: opened.promise, response: result.promise };
}

function read(response: IncomingMessage): Promise<RecordedResponse> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (end: RecordedResponse['end']): void => {
      clearTimeout(timer);
      const bytes = Buffer.concat(chunks);
      const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, end });
    };
    const timer = setTimeout(() => {
      finish('endless');
      response.destroy();
    }, TIMEOUT_MS);
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => finish('complete'));
    response.on('error', () => finish('cut'));
  });
}
