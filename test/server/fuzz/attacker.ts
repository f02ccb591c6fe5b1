/** Clients that send random requests and bytes, and return the status of the response. */
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Attack, FuzzedRequest, Identity } from './attacks.ts';

/** The maximum time for a response. A request for a future resourceVersion may take three seconds. */
const TIMEOUT_MS = 60_000;

/** The server, and the identity of the front proxy. */
export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly proxy: Pick<SecureContextOptions, 'cert' | 'key'>;
}

/** Sends attacks. */
export class Attacker {
  readonly #target: Target;
  readonly #sessions = new Map<Identity, ClientHttp2Session>();
  readonly #all = new Set<ClientHttp2Session>();
  readonly #sockets = new Set<Socket>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Returns the status, or undefined if no response is required. @throws Error if the server does not respond */
  send(attack: Attack): Promise<number | undefined> {
    if ('garbage' in attack) return this.#garbage(attack.over, attack.garbage);
    const { over, identity, request } = attack;
    return over === 'http2' ? this.#http2(identity, request) : this.#http1(identity, request);
  }

  /** The number of connections that are not closed. */
  get open(): number {
    return this.#all.size + this.#sockets.size;
  }

  close(): void {
    for (const session of this.#all) session.destroy();
  }

  /** Waits for the head of the response only, because the body of a watch does not end. */
  async #http2(identity: Identity, request: FuzzedRequest): Promise<number | undefined> {
    for (let tries = 0; tries < 200; tries += 1) {
      const status = await this.#http2Once(identity, request);
      // The server closes a connection after a 401. A request that arrives later must be sent again.
      if (status !== 'refused') return status;
    }
    throw new Error('every connection refused the request');
  }

  #http2Once(identity: Identity, request: FuzzedRequest): Promise<number | 'refused' | undefined> {
    const session = this.#session(identity);
    const { method, target, headers, body, disconnects } = request;
    return withTimeout((resolve, reject) => {
      const stream = session.request({ ':path': target, ':method': method, ...headers }, { endStream: body === '' });
      let status: number | undefined;
      stream.on('response', (head) => {
        status = Number(head[':status']);
        // Not in the event `close`: Node's client keeps a stream open whose body was not read.
        resolve(status);
        stream.close(8);
      });
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (/REFUSED_STREAM|GOAWAY|session|CANCEL/i.test(`${error.code} ${error.message}`))
          resolve(status ?? 'refused');
        else if (status === undefined && stream.rstCode === 0) reject(error);
        else resolve(status);
      });
      // The stream was reset without a response, because the request was not valid HTTP.
      stream.on('close', () => resolve(status));
      stream.resume();
      if (body !== '') stream.end(body);
      if (!disconnects) return;
      setImmediate(() => {
        stream.close(8);
        resolve(status);
      });
    });
  }

  #session(identity: Identity): ClientHttp2Session {
    const known = this.#sessions.get(identity);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connectHttp2(`https://localhost:${this.#target.port}`, this.#options(identity));
    session.on('error', () => undefined);
    session.on('goaway', () => session.close());
    this.#sessions.set(identity, session);
    this.#all.add(session);
    session.on('close', () => this.#all.delete(session));
    return session;
  }

  #http1(
    identity: Identity,
    { method, target, headers, body, disconnects }: FuzzedRequest,
  ): Promise<number | undefined> {
    const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    if (body !== '') lines.push(`content-length: ${Buffer.byteLength(body)}`);
    const text = `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
    return this.#bytes(this.#tls('http/1.1', identity), Buffer.from(text), disconnects);
  }

  async #garbage(over: Attack['over'], bytes: Uint8Array): Promise<number | undefined> {
    const socket =
      over === 'tcp'
        ? connectTcp(this.#target.port, '127.0.0.1')
        : this.#tls(over === 'tls h2' ? 'h2' : 'http/1.1', 'anonymous');
    return this.#bytes(socket, bytes, over !== 'tls http1');
  }

  /** Writes the bytes and returns the status of the response. A disconnecting client closes the connection at once. */
  #bytes(socket: Socket, bytes: Uint8Array, disconnects: boolean): Promise<number | undefined> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    return withTimeout((resolve) => {
      let status: number | undefined;
      socket.on('data', (chunk: Buffer) => {
        const [, code] = /^HTTP\/1\.1 (\d{3}) /.exec(chunk.toString('latin1')) ?? [];
        if (status === undefined && code !== undefined && code !== '100') status = Number(code);
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(status));
      socket.write(bytes);
      socket.end();
      if (disconnects) socket.once('secureConnect', () => setImmediate(() => socket.destroy()));
    });
  }

  #tls(protocol: 'h2' | 'http/1.1', identity: Identity): TLSSocket {
    return connectTls({
      host: '127.0.0.1',
      port: this.#target.port,
      ALPNProtocols: [protocol],
      ...this.#options(identity),
    });
  }

  #options(identity: Identity): { ca: string; servername: string } & Pick<SecureContextOptions, 'cert' | 'key'> {
    const { ca, proxy } = this.#target;
    return { ca, servername: 'localhost', ...(identity === 'proxy' ? proxy : {}) };
  }
}

function withTimeout<T>(attempt: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no response')), TIMEOUT_MS);
    attempt(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
