/** HTTP/1.1 and HTTP/2 clients for a server under test. They trust all certificates that `ca` has signed. */
import { connect, type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

export interface ClientResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as received: compressed if the headers say so. */
  readonly bytes: Buffer;
}

export interface ClientOptions {
  readonly port: number;
  readonly ca: string;
  /** The name in the certificate of the server. @default localhost */
  readonly serverName?: string | undefined;
  readonly client?: Pick<SecureContextOptions, 'cert' | 'key'> | undefined;
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  readonly method?: string | undefined;
  readonly body?: string | undefined;
}

/** Decodes the text only on access: decoding large compressed bodies is slow, and tests do not need it. */
const clientResponse = (status: number, headers: ClientResponse['headers'], bytes: Buffer): ClientResponse => ({
  status,
  headers,
  bytes,
  get text() {
    return bytes.toString();
  },
});

/** Sends one request over HTTP/1.1. */
export function requestOnce(
  path: string,
  { port, ca, serverName = 'localhost', client, headers = {}, method = 'GET', body }: ClientOptions,
): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      servername: serverName,
      port,
      path,
      method,
      ca,
      headers,
      agent: false as const,
      ...client,
    };
    const request = httpsRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve(clientResponse(response.statusCode ?? 0, response.headers, bytes));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The lines of a watch, parsed as JSON. */
export class LineStream implements AsyncIterable<{ type: string; object: Record<string, never> }> {
  readonly #lines: string[] = [];
  #partial = '';
  #ended = false;
  #wake: (() => void) | undefined;
  readonly cancel: () => void;
  status = 0;

  constructor(cancel: () => void) {
    this.cancel = cancel;
  }

  push(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    this.#lines.push(...lines);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next event. Undefined at the end of the stream. */
  async next(): Promise<WatchLine | undefined> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return JSON.parse(line) as WatchLine;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async *[Symbol.asyncIterator](): AsyncIterator<WatchLine> {
    for (let line = await this.next(); line !== undefined; line = await this.next()) yield line;
  }
}

export interface WatchLine {
  readonly type: string;
  readonly object: Record<string, never>;
}

/** An HTTP/2 connection. */
export class Http2Client {
  readonly session: ClientHttp2Session;

  constructor({ port, ca, client }: ClientOptions) {
    this.session = connect(`https://localhost:${port}`, { ca, servername: 'localhost', ...client });
    this.session.on('error', () => undefined);
  }

  /** Sends a request. Headers may include pseudo headers such as `:method`. */
  request(
    path: string,
    headers: Readonly<Record<string, string | string[]>> = {},
    body?: string,
  ): Promise<ClientResponse> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({ ':path': path, ...headers });
      const chunks: Buffer[] = [];
      let answer: Record<string, string> = {};
      stream.on('response', (received) => (answer = received as Record<string, string>));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      // A cancelled stream has neither an end nor an error.
      stream.on('close', () =>
        reject(new Error(`the stream was closed with code ${stream.rstCode} before the end of the response`)),
      );
      stream.on('end', () => {
        const status = Number(answer[':status']);
        if (Number.isNaN(status)) return reject(new Error('the connection ended before the response'));
        const bytes = Buffer.concat(chunks);
        resolve(clientResponse(status, answer, bytes));
      });
      stream.end(body);
    });
  }

  watch(path: string, headers: Readonly<Record<string, string | string[]>> = {}): LineStream {
    const stream = this.session.request({ ':path': path, ...headers });
    const lines = new LineStream(() => stream.close());
    stream.setEncoding('utf8');
    stream.on('response', (received) => (lines.status = Number(received[':status'])));
    stream.on('data', (text: string) => lines.push(text));
    stream.on('error', () => lines.end());
    stream.on('close', () => lines.end());
    stream.on('end', () => lines.end());
    stream.end();
    return lines;
  }

  close(): void {
    this.session.destroy();
  }
}
