/**
 * The socket side of a server: TLS with HTTP/2 and HTTP/1.1 (ALPN), client certificates asked for and never required, and an end that
 * leaves nothing behind.
 *
 * ```
 *   listening ──close()──► draining (no new connections, GOAWAY) ──all answered, or grace over──► closed
 * ```
 * @module
 */
import { onAbort } from '../../abort.ts';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { ListenError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../../clock.ts';
import { upgradeResponse } from '../read/web-socket.ts';

/** A serving certificate and its key, PEM. */
export interface ServingCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** How to listen. */
export interface TlsListenerOptions {
  readonly tls: ServingCertificate;
  /** PEM bundles that client certificates are verified against. */
  readonly clientCas: readonly string[];
  /** Undefined: all addresses. */
  readonly host: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly handle: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

/**
 * All requests of one kube-apiserver come over one connection, and a watch is a stream: upstream's 1000 for aggregated servers would be
 * just enough for a thousand watches.
 */
const MAX_CONCURRENT_STREAMS = 4000;
/** The aggregator sends a header for each group of a user, and some users have hundreds. Go's servers take a megabyte. */
const MAX_HEADERS = 4000;
const MAX_HEADER_BYTES = 1024 * 1024;
/**
 * Megabytes queued for all streams of a connection, above which new ones are refused: a slice for each watch that does not read. Node's
 * 10 let a few such watches shut out everybody behind the same aggregator.
 */
const MAX_SESSION_MEMORY = 300;
/** A client with many watches that goes away resets them all: more at once than Node's 1000, and all others share its connection. */
const STREAM_RESETS = { streamResetBurst: 2 * MAX_CONCURRENT_STREAMS, streamResetRate: 500 };
/** A quiet watch does not tell whether its client is still there; TCP does. */
const KEEP_ALIVE_MS = 15_000;
/** What is still being answered when the server ends gets this long; in a hurry, only what is written already is sent. */
const GRACE_MS = 5000;
const HURRIED_GRACE_MS = 100;

/** Options of net and http that the types of http2 do not know of. */
const CONNECTION_OPTIONS: object = {
  maxHeaderSize: MAX_HEADER_BYTES,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
};

/** A listening server. */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #server: Http2SecureServer;
  /** TCP connections before the end of their TLS handshake, by address and port of the peer. */
  readonly #handshakes = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** HTTP/1.1 connections made before the client CAs changed: they answer once more and end. */
  #stale = new WeakSet<Socket>();
  /** How much is being answered on HTTP/1.1 connections; requests may come before the last one is answered. */
  readonly #busy = new Map<Socket, number>();
  #closing = false;

  constructor(options: TlsListenerOptions) {
    this.#options = options;
    this.#server = createSecureServer({
      ...this.#context(options.clientCas),
      allowHTTP1: true,
      requestCert: true,
      // A certificate that does not verify is no identity; whether one is needed is not for TLS to say.
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES },
      maxHeaderListPairs: MAX_HEADERS,
      maxSessionMemory: MAX_SESSION_MEMORY,
      ...STREAM_RESETS,
      ...CONNECTION_OPTIONS,
    });
    this.#server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.#handshakes.set(peer, socket);
      socket.once('close', () => {
        if (this.#handshakes.get(peer) === socket) this.#handshakes.delete(peer);
      });
    });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.#handshakes.delete(peerOf(socket));
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    // Clients that go away, or are no TLS clients at all, are everyday life; the aggregator's own probes among them.
    this.#server.on('sessionError', () => undefined);
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('clientError', (_error: Error, socket: Socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
    this.#server.on('request', (request, response) => this.#answer(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const response = upgradeResponse(request, socket, head);
      // HTTP/1.1 requests come in the shape of HTTP/2 ones here, as `allowHTTP1` has it.
      this.#answer(request as unknown as Http2ServerRequest, response as unknown as Http2ServerResponse);
    });
  }

  /** The port, once listening. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Open TCP connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** @throws ListenError when the port is taken or the address cannot be had */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(new ListenError(host, port, error)));
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.removeAllListeners('error');
        // A connection that could not be accepted (no more file descriptors) is no reason to end.
        this.#server.on('error', (error) => this.#options.log.error('a connection could not be accepted', error));
        resolve();
      });
    });
  }

  /**
   * Client certificates are verified against these from now on. Connections made before are asked to end: what was found out about
   * their certificates holds no longer. What is being answered on them is finished; an HTTP/1.1 connection answers once more.
   * @throws Error when they are no PEM
   */
  trust(clientCas: readonly string[]): void {
    this.#server.setSecureContext(this.#context(clientCas));
    for (const session of this.#sessions) session.close();
    // A handshake that is under way goes by the old ones.
    this.#endHandshakes();
    this.#stale = new WeakSet(this.#sockets);
  }

  /**
   * Ends: new connections are refused at once, what is being answered gets five seconds.
   * @param hurry aborted, before or meanwhile, when there is no time for that
   */
  async close(hurry: AbortSignal): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#endHandshakes();
    // An HTTP/2 session closes when its streams have ended, a busy HTTP/1.1 connection with its answer, all others now.
    for (const session of this.#sessions) session.close();
    for (const socket of this.#sockets) if (!isHttp2(socket) && !this.#busy.has(socket)) socket.end();
    const { clock } = this.#options;
    const cut = (): void => {
      for (const socket of this.#sockets) socket.destroy();
    };
    const cancels = [clock.schedule(GRACE_MS, cut)];
    const removeListener = onAbort(hurry, () => cancels.push(clock.schedule(HURRIED_GRACE_MS, cut)));
    await closed;
    removeListener();
    for (const cancel of cancels) cancel();
  }

  #answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
    // Unlike HTTP/1.1, a reset HTTP/2 stream is an error of the response; the client left, that is all.
    response.on('error', () => undefined);
    if (request.httpVersionMajor === 1) {
      const { socket } = request;
      this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
      response.once('close', () => this.#answered(socket));
      if (this.#closing || this.#stale.has(socket)) response.setHeader('Connection', 'close');
    }
    this.#options.handle(request, response);
  }

  #answered(socket: Socket): void {
    const left = (this.#busy.get(socket) ?? 0) - 1;
    if (left > 0) {
      this.#busy.set(socket, left);
      return;
    }
    this.#busy.delete(socket);
    if (this.#closing) socket.end();
  }

  #endHandshakes(): void {
    for (const socket of this.#handshakes.values()) socket.destroy();
  }

  #context(clientCas: readonly string[]): SecureContextOptions {
    const { cert, key } = this.#options.tls;
    return { cert, key, ca: [...clientCas] };
  }
}

function isHttp2(socket: Socket): boolean {
  return (socket as Partial<TLSSocket>).alpnProtocol === 'h2';
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
