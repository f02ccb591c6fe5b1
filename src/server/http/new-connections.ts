/**
 * The connections that have not yet sent an authenticated request. Their number and their time are bounded, so that clients without an
 * identity cannot keep sockets and memory.
 *
 * ```
 *   accepted ──TLS handshake──► secure ──authenticated request──► admitted
 *       │                         │ timeout: the idle connection is closed; a request in progress has five seconds
 *       └──timeout, too many──────┴──► closed
 * ```
 * @module
 */
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { ClientCas } from './outdated-connections.ts';

/** The time after the timeout in which a response in progress can be completed, in milliseconds. */
const GRACE_MS = 5000;

/** The maximum delay of Node's timers. A longer timeout disables the timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Options of {@link NewConnections}. */
export interface NewConnectionsOptions {
  readonly clock: Clock;
  /** The maximum number of connections. For one more, the oldest is closed. */
  readonly maximum: number;
  /** The time from the TCP connection to the headers of the first authenticated request, in milliseconds. */
  readonly timeout: number;
  /** Closes an HTTP/1.1 connection after its pending response, or immediately if it has none. */
  readonly end: (socket: Socket) => void;
}

interface NewConnection {
  readonly tcp: Socket;
  /** The CAs that its handshake uses. */
  readonly cas: ClientCas;
  /** The time at which the connection times out. */
  readonly due: number;
  /** The TLS socket, after the handshake. */
  secure: Socket | undefined;
  session: ServerHttp2Session | undefined;
}

/** The new connections of one server, by their addresses and ports, from the oldest. */
export class NewConnections {
  readonly #options: NewConnectionsOptions;
  readonly #connections = new Map<string, NewConnection>();
  /** Connections that have timed out, with the function that cancels their end. */
  readonly #ending = new Map<NewConnection, () => void>();
  #cancel: (() => void) | undefined;
  #closed = 0;

  constructor(options: NewConnectionsOptions) {
    this.#options = options;
  }

  /** The number of connections without an authenticated request. */
  get size(): number {
    return this.#connections.size + this.#ending.size;
  }

  /** The number of connections that were closed because of their number or their timeout. */
  get closed(): number {
    return this.#closed;
  }

  /**
   * Adds a TCP connection.
   * @param cas the CAs that its handshake uses
   */
  add(tcp: Socket, cas: ClientCas): void {
    const { clock, timeout, maximum } = this.#options;
    const address = addressOf(tcp);
    const due = clock.now() + timeout;
    const connection: NewConnection = { tcp, cas, due, secure: undefined, session: undefined };
    this.#connections.set(address, connection);
    tcp.once('close', () => {
      if (this.#connections.get(address) === connection) this.#delete(address);
      this.#ending.get(connection)?.();
      this.#ending.delete(connection);
    });
    const [oldest] = this.#connections;
    if (oldest !== undefined && this.#connections.size > maximum) {
      this.#delete(oldest[0]);
      this.#closed += 1;
      destroy(oldest[1]);
    }
    this.#schedule();
  }

  /** Records that the handshake of a connection is complete. Returns the CAs that it used; undefined if the connection is gone. */
  secured(socket: Socket): ClientCas | undefined {
    const connection = this.#connections.get(addressOf(socket));
    if (connection !== undefined) connection.secure = socket;
    return connection?.cas;
  }

  /** Records that a connection uses HTTP/2. Returns the CAs that its handshake used; undefined if the connection is gone. */
  opened(session: ServerHttp2Session): ClientCas | undefined {
    const connection = this.#connections.get(addressOf(session.socket));
    if (connection !== undefined) connection.session = session;
    return connection?.cas;
  }

  /** Records an authenticated request. The limits no longer apply to its connection. */
  admit(socket: Socket): void {
    this.#delete(addressOf(socket));
  }

  /** Closes the connections whose handshake is not complete. */
  endHandshakes(): void {
    for (const { tcp, secure } of this.#connections.values()) if (secure === undefined) tcp.destroy();
  }

  #delete(address: string): void {
    this.#connections.delete(address);
    if (this.#connections.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** One timer, of the oldest connection, is enough for all. */
  #schedule(): void {
    const [oldest] = this.#connections.values();
    if (oldest === undefined || this.#cancel !== undefined) return;
    const { clock, timeout } = this.#options;
    if (timeout > MAX_TIMER_MS) return;
    this.#cancel = clock.schedule(Math.max(0, oldest.due - clock.now()), () => {
      this.#cancel = undefined;
      this.#expire();
      this.#schedule();
    });
  }

  #expire(): void {
    const { clock } = this.#options;
    const now = clock.now();
    for (const [address, connection] of this.#connections) {
      if (connection.due > now) return;
      this.#delete(address);
      this.#closed += 1;
      this.#end(connection);
    }
  }

  #end(connection: NewConnection): void {
    const { clock, end } = this.#options;
    const { secure, session } = connection;
    if (secure === undefined) {
      destroy(connection);
      return;
    }
    this.#ending.set(
      connection,
      clock.schedule(GRACE_MS, () => {
        this.#ending.delete(connection);
        destroy(connection);
      }),
    );
    if (session === undefined) end(secure);
    else session.close();
  }
}

function destroy({ tcp, secure, session }: NewConnection): void {
  session?.destroy();
  (secure ?? tcp).destroy();
}

/** Returns the addresses and ports of a connection. They are the same for its TCP socket and its TLS socket. */
function addressOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
