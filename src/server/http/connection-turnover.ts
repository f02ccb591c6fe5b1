/**
 * Moves clients to new connections, so that they spread over the replicas: connections have a maximum age, and a small share of the requests
 * of HTTP/2 ends their connection, as `--goaway-chance` of kube-apiserver does.
 *
 * ```
 *   HTTP/2:    open ──age, or a request by chance──► GOAWAY, requests are still accepted ──1 s──► closes after its last stream
 *   HTTP/1.1:  open ──age──► closes after its next response
 * ```
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { OpenConnections } from './open-connections.ts';
import { isHttp2Request } from './http2-request.ts';

export interface TurnoverOptions {
  readonly clock: Clock;
  /** Returns random numbers in [0, 1). */
  readonly random: () => number;
  /** The maximum age in milliseconds; 0 for none. The ages of connections differ by a tenth, so that they do not end together. */
  readonly maxAge: number;
  /** The share of the requests of HTTP/2 that end their connection. */
  readonly goawayChance: number;
}

/** The time in which a client can still send requests after a GOAWAY. */
const LEAVING_MS = 1000;

/** Ends the connections of one server in turn. */
export class ConnectionTurnover {
  readonly #open: OpenConnections;
  readonly #options: TurnoverOptions;
  readonly #leaving = new WeakSet<ServerHttp2Session>();

  constructor(open: OpenConnections, options: TurnoverOptions) {
    this.#open = open;
    this.#options = options;
  }

  /** Limits the age of an HTTP/1.1 connection. */
  limitSocket(socket: Socket): void {
    const cancel = this.#atAge(() => this.#open.endAfterNext(socket));
    socket.once('close', cancel);
  }

  /** Limits the age of an HTTP/2 connection. */
  limitSession(session: ServerHttp2Session): void {
    const cancel = this.#atAge(() => this.#leave(session));
    session.once('close', cancel);
  }

  /** Ends the connection of a request by chance, after the request. */
  received(request: IncomingMessage | Http2ServerRequest): void {
    const { random, goawayChance } = this.#options;
    if (!isHttp2Request(request) || goawayChance === 0 || random() >= goawayChance) return;
    // The session of a stream of a server is one of a server.
    const { session } = request.stream;
    if (session !== undefined) this.#leave(session as ServerHttp2Session);
  }

  #leave(session: ServerHttp2Session): void {
    if (this.#leaving.has(session)) return;
    this.#leaving.add(session);
    this.#open.askToLeave(session);
    const cancel = this.#options.clock.schedule(LEAVING_MS, () => session.close());
    session.once('close', cancel);
  }

  #atAge(end: () => void): () => void {
    const { clock, random, maxAge } = this.#options;
    return maxAge === 0 ? () => undefined : clock.schedule(maxAge * (0.9 + 0.2 * random()), end);
  }
}
