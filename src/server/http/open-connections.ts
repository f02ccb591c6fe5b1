/**
 * The open connections of a server, after the TLS handshake, and how they end without breaking a response.
 *
 * ```
 *   HTTP/1.1:  open ──endAfterNext()──► the next response has `Connection: close` ──► closed
 *              open ──end()──► closed, or after the pending responses
 *   HTTP/2:    open ──GOAWAY──► no new streams ──last stream ends──► closed
 * ```
 * @module
 */
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** The sockets and HTTP/2 sessions of one server. */
export class OpenConnections {
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** The number of pending responses of each HTTP/1.1 connection. Clients may send a request before the last response. */
  readonly #pending = new Map<Socket, number>();
  /** HTTP/1.1 connections that end after their pending responses. */
  readonly #ending = new WeakSet<Socket>();
  /** HTTP/1.1 connections that end after their next response. */
  readonly #last = new WeakSet<Socket>();
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
  record(request: Http2ServerRequest, response: Http2ServerResponse): void {
    if (request.httpVersionMajor !== 1) return;
    const { socket } = request;
    this.#pending.set(socket, (this.#pending.get(socket) ?? 0) + 1);
    response.once('close', () => this.#responseEnded(socket));
    if (this.#isClosing || this.#ending.has(socket) || this.#last.has(socket))
      response.setHeader('Connection', 'close');
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
    this.#isClosing = true;
    for (const session of this.#sessions) session.close();
    for (const socket of this.#sockets) if (!isHttp2(socket) && !this.#pending.has(socket)) socket.end();
  }

  /** Cuts all connections. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #responseEnded(socket: Socket): void {
    const remaining = (this.#pending.get(socket) ?? 0) - 1;
    if (remaining > 0) {
      this.#pending.set(socket, remaining);
      return;
    }
    this.#pending.delete(socket);
    if (this.#isClosing || this.#ending.has(socket)) socket.end();
  }
}

function isHttp2(socket: Socket): boolean {
  return (socket as Partial<TLSSocket>).alpnProtocol === 'h2';
}
