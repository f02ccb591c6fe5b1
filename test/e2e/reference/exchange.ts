/** Requests over HTTP/1.1, with everything of the answer that a client can see. */
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { gunzipSync } from 'node:zlib';

/** A server to ask. */
export interface Target {
  readonly origin: URL;
  /** Of node:https: authority, client certificate, agent. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername'> & { readonly agent?: Agent | undefined };
  readonly headers: Readonly<Record<string, string>>;
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
  /** Decompressed. */
  readonly text: string;
  /** How the body ended: at its end, cut before it, or not within the time that it was given. */
  readonly end: 'whole' | 'cut' | 'endless';
}

/** A request under way. */
export interface Exchange {
  /** The headers have come, or all is over. */
  readonly opened: Promise<void>;
  readonly answer: Promise<RecordedResponse>;
}

/** No watch of the comparison lasts that long. */
const PATIENCE_MS = 20_000;

/** Sends a request. The answer fails only when the server cannot be reached. */
export function exchange(target: Target, { method = 'GET', path, headers = {}, body }: ExchangeRequest): Exchange {
  const opened = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<RecordedResponse>();
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
        // Node frames no body of a DELETE by itself.
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...target.headers,
        ...headers,
      },
      ...tls,
    },
    (response) => {
      opened.resolve();
      void read(response).then(answer.resolve, answer.reject);
    },
  );
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    opened.resolve();
    answer.resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '', end: 'whole' });
  });
  request.on('error', (error) => {
    opened.resolve();
    answer.reject(new Error(`${method} ${path}: ${error.message}`, { cause: error }));
  });
  request.end(body);
  return { opened: opened.promise, answer: answer.promise };
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
    }, PATIENCE_MS);
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => finish('whole'));
    response.on('error', () => finish('cut'));
  });
}
