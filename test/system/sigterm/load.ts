/** Clients that put a server under load until it is gone, and record what happens to each request. */
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { type Connections, connectionsTo, type Exchange, NoConnectionError } from '../convergence/connection.ts';

/** The address of a server, and the CA of its certificate. */
export interface ServerAddress {
  readonly port: number;
  readonly ca: string;
}

/** The end of a request: its status, or why it has no complete response. If no connection was established, no request was sent. */
export type Outcome = number | 'refused' | 'not sent' | `cut: ${string}`;

export type Protocol = 'h1' | 'h2';

const PATH = '/apis/example.com/v1';

/** Returns connections with the window of Go's clients. */
export function connections({ port, ca }: ServerAddress, window = 4 * 2 ** 20): Connections {
  return connectionsTo(port, ca, { window });
}

/** A client that reads one row again and again, until the server refuses connections. */
export class Reader {
  readonly outcomes = new Map<Outcome, number>();
  /** Resolves when the server refuses connections. */
  readonly gone: Promise<void>;
  readonly #server: ServerAddress;
  readonly #protocol: Protocol;
  readonly #isNew: boolean;
  #connections: Connections;

  /** @param isNew whether each request has a new connection */
  constructor(server: ServerAddress, protocol: Protocol, isNew: boolean) {
    this.#server = server;
    this.#protocol = protocol;
    this.#isNew = isNew;
    this.#connections = connections(server);
    this.gone = this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#isNew) {
        this.#connections.cut();
        this.#connections = connections(this.#server);
      }
      const { outcome } = await read(this.#connections, this.#protocol, `${PATH}/namespaces/a/largerows/pod-1`).ended;
      if (outcome === 'refused') return;
      if (outcome === 'not sent') continue;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    }
  }
}

/** A response that is being received. */
export interface Reading {
  readonly exchange: Exchange;
  /** Resolves after the first bytes of the body. */
  readonly begun: Promise<void>;
  readonly ended: Promise<{ readonly outcome: Outcome; readonly text: string }>;
}

/** Sends a GET, and receives its response. */
export function read(client: Connections, protocol: Protocol, path: string): Reading {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<{ outcome: Outcome; text: string }>();
  const chunks: Buffer[] = [];
  let status = 0;
  const exchange = client.get(protocol, path, 'application/json', {
    head: (code) => (status = code),
    data: (chunk) => {
      chunks.push(chunk);
      begun.resolve();
    },
    end: (complete, error) => {
      const outcome: Outcome = complete ? status : failureOf(error);
      ended.resolve({ outcome, text: Buffer.concat(chunks).toString() });
    },
  });
  return { exchange, begun: begun.promise, ended: ended.promise };
}

/** A POST of a note whose body is sent in two parts. */
export class Upload {
  /** Resolves when the server has begun to handle the request. */
  readonly begun: Promise<void>;
  readonly outcome: Promise<Outcome>;
  readonly #finish: (text: string) => void;
  readonly #rest: string;

  constructor({ port, ca }: ServerAddress, protocol: Protocol) {
    const object = { apiVersion: 'example.com/v1', kind: 'Note' };
    const body = JSON.stringify({ ...object, metadata: { name: `note-${protocol}` }, text: 'x'.repeat(2000) });
    const ended = Promise.withResolvers<Outcome>();
    this.outcome = ended.promise;
    const begun = Promise.withResolvers<void>();
    this.begun = begun.promise;
    this.#rest = body.slice(1000);
    const headers = { 'content-type': 'application/json', expect: '100-continue' };
    if (protocol === 'h1') {
      const options = { host: '127.0.0.1', servername: 'localhost', port, ca, agent: false, method: 'POST', headers };
      const request = httpsRequest({ ...options, path: `${PATH}/notes` }, (response) => {
        response.resume();
        response.on('close', () => ended.resolve(response.complete ? (response.statusCode ?? 0) : 'cut: body'));
      });
      request.on('error', (error) => ended.resolve(`cut: ${causeOf(error)}`));
      request.on('continue', begun.resolve);
      request.write(body.slice(0, 1000));
      this.#finish = (text) => request.end(text);
      return;
    }
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername: 'localhost' });
    session.on('error', () => undefined);
    const stream = session.request({ ':method': 'POST', ':path': `${PATH}/notes`, ...headers });
    let status = 0;
    stream.on('response', (received) => (status = Number(received[':status'])));
    stream.on('error', (error: Error) => ended.resolve(`cut: ${causeOf(error)}`));
    stream.on('end', () => ended.resolve(status));
    stream.on('continue', begun.resolve);
    stream.resume();
    stream.write(body.slice(0, 1000));
    this.#finish = (text) => stream.end(text);
  }

  /** Sends the rest of the body. */
  finish(): void {
    this.#finish(this.#rest);
  }
}

function failureOf(error: Error | undefined): Outcome {
  if (!(error instanceof NoConnectionError)) return `cut: ${causeOf(error)}`;
  return causeOf(error) === 'ECONNREFUSED' ? 'refused' : 'not sent';
}

/** Returns the code of an error, which may be that of its cause. */
function causeOf(error: Error | undefined): string {
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const { code } = current as NodeJS.ErrnoException;
    if (code !== undefined && code !== 'ERR_HTTP2_STREAM_CANCEL') return code;
  }
  return error?.message ?? 'no error';
}
