/**
 * The connections whose client certificate was verified by other CAs than those of now. A connection whose verification is still valid stays
 * open. The others are outdated: their requests are refused, and they end after a response.
 *
 * ```
 *   handshake ──► secure ──trust()──► outdated ──next response, or GOAWAY──► closed
 *       │                               ▲  │ verified by a CA that was removed: a minute
 *       └──trust(), handshake ends──────┘  └──► cut, with its watches
 * ```
 *
 * A handshake uses the CAs from its start until its end.
 * @module
 */
import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { certificatesOf, type KnownCas } from '../access/peer-certificate.ts';
import { verificationOf } from './client-verification.ts';
import type { OpenConnections } from './open-connections.ts';

/**
 * The time after which a connection is cut whose client certificate was verified by a CA that was removed. It is the timeout of requests,
 * so only watches are cut.
 */
const OUTDATED_MS = 60_000;

/** The CAs of client certificates at one time. */
export class ClientCas {
  /** PEM. */
  readonly bundles: readonly string[];
  /** OpenSSL distinguishes no front proxies from users, so all CAs are in one set. */
  readonly known: KnownCas;
  readonly #fingerprints: ReadonlySet<string>;

  /** @throws Error if a bundle is not PEM */
  constructor(bundles: readonly string[]) {
    this.bundles = bundles;
    const cas: readonly X509Certificate[] = certificatesOf(...bundles);
    this.known = { frontProxies: [], users: cas };
    this.#fingerprints = new Set(cas.map(({ fingerprint256 }) => fingerprint256));
  }

  /** Whether a CA has been added since others were used. */
  hasNewSince(earlier: ClientCas): boolean {
    return [...this.#fingerprints].some((fingerprint) => !earlier.#fingerprints.has(fingerprint));
  }
}

/** The outdated connections of one server. */
export class OutdatedConnections {
  readonly #open: OpenConnections;
  readonly #clock: Clock;
  #cas: ClientCas;
  /** Sockets and HTTP/2 sessions. */
  readonly #outdated = new WeakSet<object>();
  /** The functions that cancel the cuts of connections. */
  readonly #cuts = new Map<Socket, () => void>();

  constructor(open: OpenConnections, cas: ClientCas, clock: Clock) {
    this.#open = open;
    this.#cas = cas;
    this.#clock = clock;
  }

  /** The CAs that new handshakes use. */
  get cas(): ClientCas {
    return this.#cas;
  }

  /** Replaces the CAs, and ends the open connections that become outdated. */
  trust(cas: ClientCas): void {
    const earlier = this.#cas;
    this.#cas = cas;
    for (const session of this.#open.sessions) {
      if (session.destroyed || !this.#isOutdated(session.socket, earlier)) continue;
      this.#outdated.add(session);
      session.close();
    }
    for (const socket of this.#open.sockets) this.secured(socket, earlier);
  }

  /**
   * Checks a connection of HTTP/1.1 or HTTP/2 whose handshake is complete.
   * @param used the CAs that its handshake used
   */
  secured(socket: Socket, used: ClientCas): void {
    if (used === this.#cas) return;
    if (this.#isOutdated(socket, used)) {
      this.#outdated.add(socket);
      this.#open.endAfterNext(socket);
    }
    if (verificationOf(socket, this.#cas.known) === 'by a removed CA') this.#cutLater(socket);
  }

  /**
   * Checks a new HTTP/2 session. Its first request may already be on its way, so a response ends the session.
   * @param used the CAs that the handshake of its connection used
   */
  opened(session: ServerHttp2Session, used: ClientCas): void {
    if (used !== this.#cas && this.#isOutdated(session.socket, used)) this.#outdated.add(session);
  }

  /** Whether the connection of a request is outdated. */
  has(request: IncomingMessage | Http2ServerRequest): boolean {
    const session = 'stream' in request ? request.stream.session : undefined;
    return this.#outdated.has(session ?? request.socket);
  }

  #isOutdated(socket: Socket, used: ClientCas): boolean {
    switch (verificationOf(socket, this.#cas.known)) {
      case 'by a trusted CA':
        return false;
      case 'by a removed CA':
        return true;
      case 'none':
        // Without a new CA, a client without a verified certificate gains nothing from a new connection.
        return this.#cas.hasNewSince(used);
    }
  }

  #cutLater(socket: Socket): void {
    if (this.#cuts.has(socket)) return;
    this.#cuts.set(
      socket,
      this.#clock.schedule(OUTDATED_MS, () => socket.destroy()),
    );
    socket.once('close', () => {
      this.#cuts.get(socket)?.();
      this.#cuts.delete(socket);
    });
  }
}
