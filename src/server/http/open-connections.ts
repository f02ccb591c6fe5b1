/**
 * The open connections of a server, after the TLS handshake, and how they end without breaking a response.
 *
 * ```
 *   HTTP/1.1:  open ──endAfterNext(), leave()──► the next response has `Connection: close` ──► closed
 *              open ──end()──► closed, or after the pending responses
 *   HTTP/2:    open ──GOAWAY──► no new streams ──last stream ends──► closed
 *              open ──leave()──► requests on their way are accepted, the client sends no others ──last stream ends──► closed
 * ```
 * @module
 */
import type { IncomingMessage } from 'node:http';
import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2';
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isHttp2Request } from './http2-request.ts';

/** The last stream of a GOAWAY that only announces the end: requests that the client has already sent are accepted (RFC 9113, 6.8). */
const ANY_STREAM = 2 ** 31 - 1;

/** The sockets and HTTP/2 sessions of one server. */
export class OpenConnections {
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** The number of pending responses of each HTTP/1.1 connection and HTTP/2 session. Clients may send a request before the last response. */
  readonly #pending = new Map<Socket | Http2Session, number>();
  /** HTTP/1.1 connections that end after their pending responses. */
  readonly #ending = new WeakSet<Socket>();
  /** HTTP/1.1 connections that end after their next response. */
  readonly #last = new WeakSet<Socket>();
  #isLeaving = false;
  #isClosing = false;

  /** The number of connections. */
  get size(): number {
    return this.#sockets.size;
  }

  /** The sockets, also those of HTTP/2 sessions. */
  get sockets(): Iterable<Socket> {
    return this.#sockets;
  }

  get sessions(): Iterable<ServerHttp2Session> {
    return this.#sessions;
  }

  /** Adds a connection until it is closed. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Adds the HTTP/2 session of a connection until it is closed. */
  addSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
  }

  /** Records a request, before its response begins. */
  record(request: IncomingMessage | Http2ServerRequest, response: Http2ServerResponse): void {
    const { socket } = request;
    const isHttp1 = !isHttp2Request(request);
    const connection = isHttp1 ? socket : request.stream.session;
    if (connection === undefined) return;
    this.#pending.set(connection, (this.#pending.get(connection) ?? 0) + 1);
    response.once('close', () => this.#responseEnded(connection));
    if (isHttp1 && (this.#isLeaving || this.#ending.has(socket) || this.#last.has(socket)))
      response.setHeader('Connection', 'close');
  }

  /**
   * Asks all clients to use other connections for their next requests: by GOAWAY on the open HTTP/2 connections, and after the next response
   * on new ones and on those of HTTP/1.1. All requests are still accepted.
   */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    for (const session of this.#sessions) this.askToLeave(session);
  }

  /**
   * Asks the client of a session to use another connection. A session with pending responses still accepts the requests that its client
   * sends before it has received the GOAWAY. Node reads nothing from a session without pending responses after a GOAWAY, so such a session
   * closes: the client knows that later requests were not processed, and can repeat them.
   */
  askToLeave(session: Http2Session): void {
    if (session.closed || session.destroyed) return;
    if (this.#pending.has(session)) session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
    else session.close();
  }

  /** Ends an HTTP/1.1 connection: after its pending responses, or at once if there are none. */
  end(socket: Socket): void {
    this.#ending.add(socket);
    if (!this.#pending.has(socket)) socket.end();
  }

  /** Ends an HTTP/1.1 connection after its next response. An idle connection stays open, because a request may be on its way. */
  endAfterNext(socket: Socket): void {
    this.#last.add(socket);
  }

  /** Ends all connections: HTTP/2 sessions after their last stream, HTTP/1.1 connections after their pending responses. */
  endAll(): void {
    this.#isLeaving = true;
    this.#isClosing = true;
    for (const session of this.#sessions) session.close();
    for (const socket of this.#sockets) if (!isHttp2(socket) && !this.#pending.has(socket)) socket.end();
  }

  /** Cuts all connections. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #responseEnded(connection: Socket | Http2Session): void {
    const remaining = (this.#pending.get(connection) ?? 0) - 1;
    if (remaining > 0) this.#pending.set(connection, remaining);
    else this.#pending.delete(connection);
    if (!(connection instanceof Socket)) {
      if (this.#isLeaving) this.askToLeave(connection);
    } else if (remaining <= 0 && (this.#isClosing || this.#ending.has(connection))) connection.end();
  }
}

/** Whether a connection uses HTTP/2. */
export function isHttp2(socket: Socket): boolean {
  return (socket as Partial<TLSSocket>).alpnProtocol === 'h2';
}
