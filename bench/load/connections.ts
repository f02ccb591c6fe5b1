/**
 * Connections of a client to a measured server, over HTTP/1.1 or HTTP/2, with the certificate of the front proxy.
 * @module
 */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

export type Protocol = 'HTTP/1.1' | 'HTTP/2';

/** A server under load. */
export interface Target {
  readonly port: number;
  readonly protocol: Protocol;
  readonly ca: string;
  /** The certificate of the front proxy. */
  readonly client: { readonly certificate: string; readonly key: string };
}

/** One request. */
export interface Question {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The beginning of a response, whose body is still to be read. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Ends the response early. */
  readonly cancel: () => void;
}

/** The windows of Go's clients: 4 MiB for a stream, and 1 GiB for a connection. */
const STREAM_WINDOW = 4 * 2 ** 20;
const CONNECTION_WINDOW = 2 ** 30;

/** One connection. Requests over HTTP/1.1 wait for each other. */
export interface Connection {
  send(question: Question): Promise<Answer>;
  close(): void;
}

export function connection(target: Target): Promise<Connection> {
  return target.protocol === 'HTTP/2' ? http2Connection(target) : Promise.resolve(http1Connection(target));
}

function http1Connection({ port, ca, client }: Target): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert: client.certificate, key: client.key });
  return {
    send: ({ path, headers = {} }) =>
      new Promise((resolve, reject) => {
        const options = { agent, host: '127.0.0.1', servername: 'localhost', port, path, headers };
        const request = httpsRequest(options, (response) => {
          const { statusCode = 0, headers: received } = response;
          resolve({ status: statusCode, headers: received, body: response, cancel: () => request.destroy() });
        });
        request.on('error', reject);
        request.end();
      }),
    close: () => agent.destroy(),
  };
}

async function http2Connection({ port, ca, client }: Target): Promise<Connection> {
  const session: ClientHttp2Session = connect(`https://localhost:${port}`, {
    lookup: (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    ca,
    cert: client.certificate,
    key: client.key,
    settings: { initialWindowSize: STREAM_WINDOW },
  });
  session.setMaxListeners(0);
  await once(session, 'connect');
  session.setLocalWindowSize(CONNECTION_WINDOW);
  session.on('error', () => undefined);
  return {
    send: ({ path, headers = {} }) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':path': path, ...headers });
        stream.on('error', reject);
        stream.once('response', ({ ':status': status = 0, ...received }) => {
          resolve({ status, headers: received, body: stream, cancel: () => stream.close() });
        });
      }),
    close: () => session.destroy(),
  };
}
