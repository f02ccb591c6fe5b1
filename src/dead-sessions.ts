/**
 * Closes HTTP/2 connections whose peer is gone, although Node.js has not noticed it.
 *
 * Node.js 24 stops reading from a connection while a write is in progress. If the peer resets the connection at that time, the write never
 * ends: the connection and its streams would stay until the process ends. A peer that has lost its network is another case.
 * @module
 */
import type { Http2Session } from 'node:http2';

/** The default time between two checks of a connection, in milliseconds. */
const CHECK_INTERVAL_MS = 20_000;
/** The number of parts of an interval. Each part checks its share of the connections, so that thousands of pings are not sent at once. */
const SHARES = 20;
/** The number of checks in a row without a byte from the peer, not even a reply to a ping, after which a connection is closed. */
const MAX_SILENT_CHECKS = 3;

interface Silence {
  bytesRead: number;
  checks: number;
  isPingPending: boolean;
}

/**
 * The HTTP/2 connections of a server or a client. Each check sends a ping, and a peer must reply to it at once. A peer that reads slowly
 * sends window updates, which count as well. Checks are counted, not milliseconds: if the process was suspended, replies are read before
 * the next check.
 */
export class DeadSessions {
  readonly #interval: number;
  readonly #shares = Array.from({ length: SHARES }, () => new Map<Http2Session, Silence>());
  #size = 0;
  /** The share that gets the next connection, and the one that is checked next. */
  #nextAdded = 0;
  #nextChecked = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param interval the time between two checks of a connection, in milliseconds */
  constructor(interval: number = CHECK_INTERVAL_MS) {
    this.#interval = interval;
  }

  /** Checks this connection from now on, until it closes. */
  watch(session: Http2Session): void {
    const share = this.#shares[this.#nextAdded];
    this.#nextAdded = (this.#nextAdded + 1) % SHARES;
    share?.set(session, { bytesRead: 0, checks: 0, isPingPending: false });
    this.#size += 1;
    session.once('close', () => {
      share?.delete(session);
      this.#size -= 1;
      if (this.#size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    this.#timer ??= setInterval(() => this.#checkShare(), this.#interval / SHARES).unref();
  }

  #checkShare(): void {
    const share = this.#shares[this.#nextChecked];
    this.#nextChecked = (this.#nextChecked + 1) % SHARES;
    share?.forEach((silence, session) => {
      if (!session.destroyed) check(session, silence);
    });
  }
}

function check(session: Http2Session, silence: Silence): void {
  const { bytesRead } = session.socket;
  silence.checks = bytesRead === silence.bytesRead ? silence.checks + 1 : 0;
  silence.bytesRead = bytesRead;
  if (silence.checks >= MAX_SILENT_CHECKS) session.destroy();
  else if (!silence.isPingPending)
    silence.isPingPending = session.ping(() => {
      silence.isPingPending = false;
    });
}
