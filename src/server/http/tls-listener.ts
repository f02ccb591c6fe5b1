/**
 * The sockets of a server: TLS with HTTP/2 and HTTP/1.1 (ALPN). It requests client certificates, but does not require them. When `close`
 * resolves, all connections are closed.
 *
 * ```
 *   listening ──leave()──► leaving (each connection ends after a response) ──close()──► draining (no new connections) ──► closed
 * ```
 * @module
 */
import type { IncomingMessage } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { type AddressInfo, Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LinkedAbort, onAbort } from '../../abort.ts';
import { type Clock, delay } from '../../clock.ts';
import { ListenError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { upgradeResponse } from '../read/web-socket.ts';
import { ConnectionTurnover } from './connection-turnover.ts';
import { DeadSessions } from '../../dead-sessions.ts';
import { NewConnections } from './new-connections.ts';
import { isHttp2, OpenConnections } from './open-connections.ts';
import { ClientCas, OutdatedConnections } from './outdated-connections.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import { secureContext, serverOptions } from './tls-options.ts';

/** Options of a {@link TlsListener}. */
export interface TlsListenerOptions {
  readonly tls: ServingCertificate;
  /** The PEM bundles of the CAs of client certificates. */
  readonly clientCas: readonly string[];
  /** Undefined for all addresses. */
  readonly host: string | undefined;
  /** 0 selects a free port. */
  readonly port: number;
  /** The maximum number of headers of a request. */
  readonly maxHeaders: number;
  /** The maximum number of streams of an HTTP/2 connection. */
  readonly maxStreams: number;
  /** The maximum number of connections without an authenticated request. */
  readonly maxNewConnections: number;
  /** The time from a TCP connection to its first authenticated request, in milliseconds. */
  readonly authenticationTimeout: number;
  /** The maximum age of connections in milliseconds; 0 for none. */
  readonly maxAge: number;
  /** The share of the requests of HTTP/2 that end their connection. */
  readonly goawayChance: number;
  readonly clock: Clock;
  /** Returns random numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly handle: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

/** The time after `close` in which pending responses can be completed. It is the timeout of requests. */
const GRACE_MS = 60_000;
/** The time after `close` in which clients can leave, and new connections can send their first request. */
const LEAVING_MS = 1000;
/** The same time for a forced close: long enough to send the data that was already written. */
const FORCED_GRACE_MS = 100;

/** The sockets of one server. */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #server: Http2SecureServer;
  #certificate: ServingCertificate;
  /** The connections without an authenticated request. Some of them have not completed their TLS handshake. */
  readonly #new: NewConnections;
  readonly #open = new OpenConnections();
  readonly #turnover: ConnectionTurnover;
  readonly #dead = new DeadSessions();
  readonly #outdated: OutdatedConnections;
  /** Called when a connection has ended. */
  #onConnectionEnd: (() => void) | undefined;

  constructor(options: TlsListenerOptions) {
    this.#options = options;
    this.#certificate = options.tls;
    this.#outdated = new OutdatedConnections(this.#open, new ClientCas(options.clientCas), options.clock);
    this.#turnover = new ConnectionTurnover(this.#open, options);
    this.#new = new NewConnections({
      clock: options.clock,
      maximum: options.maxNewConnections,
      timeout: options.authenticationTimeout,
      // HTTP/1.1 connections that were not authenticated in time.
      end: (socket) => this.#open.end(socket),
    });
    this.#server = createSecureServer({
      ...secureContext(options.tls, options.clientCas),
      ...serverOptions(options),
    });
    // Of HTTP/1.1. One more than the maximum, so that the request is refused by the server and not by Node. Its type is missing.
    Object.assign(this.#server, { maxHeadersCount: options.maxHeaders + 1 });
    this.#server.on('connection', (socket: Socket) => {
      this.#new.add(socket, this.#outdated.cas);
      socket.once('close', () => this.#onConnectionEnd?.());
    });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.#outdated.secured(socket, this.#new.secured(socket) ?? this.#outdated.cas);
      this.#open.add(socket);
      if (!isHttp2(socket)) this.#turnover.limitSocket(socket);
      socket.once('close', () => this.#onConnectionEnd?.());
    });
    this.#server.on('session', (session) => {
      this.#outdated.opened(session, this.#new.opened(session) ?? this.#outdated.cas);
      this.#open.addSession(session);
      this.#turnover.limitSession(session);
      this.#dead.watch(session);
    });
    // Clients that disconnect, and clients without TLS, are normal. The aggregator's probes are among them.
    this.#server.on('sessionError', () => undefined);
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      else socket.destroy();
    });
    this.#server.on('request', (request, response) => this.#handle(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const response = upgradeResponse(request, socket, head);
      // With `allowHTTP1`, Node's types present requests of HTTP/1.1 as those of HTTP/2.
      this.#handle(request as unknown as Http2ServerRequest, response as unknown as Http2ServerResponse);
    });
  }

  /** The port on which the server listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address on which the server listens: `127.0.0.1:8443`, `[::]:8443`. */
  get address(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** The number of open connections, after the TLS handshake. */
  get connections(): number {
    return this.#open.size;
  }

  /** The number of connections that have not sent an authenticated request. */
  get newConnections(): number {
    return this.#new.size;
  }

  /** The number of connections that were closed before their first authenticated request, because of their number or their timeout. */
  get closedNewConnections(): number {
    return this.#new.closed;
  }

  /** Listens. @throws ListenError if the port is in use or the address is not available */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(new ListenError(host, port, error)));
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.removeAllListeners('error');
        // A connection that cannot be accepted, because file descriptors are exhausted, must not end the server.
        this.#server.on('error', (error) => this.#options.log.error('a connection could not be accepted', error));
        resolve();
      });
    });
  }

  /** New connections get this certificate from now on. Existing connections stay open. */
  renew(certificate: ServingCertificate): void {
    this.#certificate = certificate;
    this.#server.setSecureContext(secureContext(certificate, this.#outdated.cas.bundles));
  }

  /**
   * Verifies client certificates against these CAs from now on. Connections whose verification is no longer valid end
   * ({@link OutdatedConnections}).
   * @throws Error if a bundle is not PEM
   */
  trust(clientCas: readonly string[]): void {
    const cas = new ClientCas(clientCas);
    this.#server.setSecureContext(secureContext(this.#certificate, clientCas));
    this.#outdated.trust(cas);
  }

  /** Records that a request was authenticated. Its connection may stay open. */
  admit(request: IncomingMessage | Http2ServerRequest): void {
    this.#new.admit(request.socket);
  }

  /** Whether a change of the client CAs has made the verification of a request's client certificate invalid. */
  isOutdated(request: IncomingMessage | Http2ServerRequest): boolean {
    return this.#outdated.has(request);
  }

  /** Asks all clients to use other connections for their next requests. So no request is sent into a connection that closes. */
  leave(): void {
    this.#open.leave();
  }

  /**
   * Closes the server. New connections are refused immediately. Clients that were asked to leave have a second to do so, and new connections
   * have this second to send their first request. Pending responses have a minute. Resolves when all connections are closed.
   * @param force skips the second, and reduces the minute to 100 ms, when it is aborted
   */
  async close(force: AbortSignal): Promise<void> {
    // `close` of the server itself would also end connections on which a request may be on its way.
    const closed = new Promise<void>((resolve) => {
      Server.prototype.close.call(this.#server, () => resolve());
    });
    this.leave();
    await this.#left(force);
    this.#new.endHandshakes();
    this.#open.endAll();
    const { clock } = this.#options;
    const cut = (): void => this.#open.destroyAll();
    const cancels = [clock.schedule(GRACE_MS, cut)];
    const removeListener = onAbort(force, () => cancels.push(clock.schedule(FORCED_GRACE_MS, cut)));
    await closed;
    removeListener();
    for (const cancel of cancels) cancel();
    this.#server.close();
  }

  /**
   * Resolves when no connection is open, after a second at most. The client of a watch over HTTP/1.1 that has just ended sends its next request
   * on the same connection, and must receive a response.
   */
  async #left(force: AbortSignal): Promise<void> {
    const done = new LinkedAbort(force);
    this.#onConnectionEnd = () => {
      if (this.#open.size === 0 && this.#new.size === 0) done.abort();
    };
    this.#onConnectionEnd();
    await delay(this.#options.clock, LEAVING_MS, done.signal);
    done.unlink();
    this.#onConnectionEnd = undefined;
  }

  #handle(request: Http2ServerRequest, response: Http2ServerResponse): void {
    // Unlike HTTP/1.1, a reset HTTP/2 stream is an error of the response. It only means that the client disconnected.
    response.on('error', () => undefined);
    this.#open.record(request, response);
    this.#turnover.received(request);
    this.#options.handle(request, response);
  }
}
