/**
 * Detects a peer that has died without closing its connection: the connection stays open, and nothing arrives.
 * @module
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** The times of pings. */
export interface PingTimes {
  /** Milliseconds between two pings. */
  readonly interval: number;
  /** The maximum time until the server replies, in milliseconds. */
  readonly timeout: number;
}

/** The times of client-go. A dead connection is closed within 50 s. */
export const DEFAULT_PING_TIMES: PingTimes = { interval: 30_000, timeout: 15_000 };

/** The number of checks within the maximum time of silence. A connection is closed one check later at the latest. */
const CHECKS = 9;

/**
 * Closes an HTTP/2 connection on which nothing has arrived for `interval` and `timeout` together. The HTTP library sends a ping at each
 * interval, and a server must reply to each ping at once. So a connection is silent for that long only if a ping got no reply. All its
 * requests then fail.
 *
 * Checks are counted, not milliseconds: if the process was suspended, the bytes that arrived in between are read before the next check.
 * HTTP/1.1 has no pings. There, the TCP keep-alive of `kube-dispatcher.ts` detects a dead peer.
 */
export function closeIfSilent(socket: Socket | TLSSocket, { interval, timeout }: PingTimes): void {
  if (!('alpnProtocol' in socket) || socket.alpnProtocol !== 'h2') return;
  const limit = interval + timeout;
  let bytesBefore = socket.bytesRead;
  let silentChecks = 0;
  const timer = setInterval(() => {
    const { bytesRead } = socket;
    silentChecks = bytesRead === bytesBefore ? silentChecks + 1 : 0;
    bytesBefore = bytesRead;
    if (silentChecks >= CHECKS)
      socket.destroy(
        new Error(`the connection is dead: nothing has arrived for ${limit / 1000} s, not even a reply to a ping`),
      );
  }, limit / CHECKS);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}
