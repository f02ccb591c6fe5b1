/**
 * A pool of HTTP/2 sessions to one server. It opens a further session when the server's limit of streams is reached.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import http2 from 'node:http2';
import type { ClientHttp2Session, Http2Stream } from 'node:http2';
import tls from 'node:tls';
import { DeadSessions } from '../../../dead-sessions.ts';

/** The default time between two checks of a session. A dead one is closed after 15 s; a kube-aggregator needs 45 s. */
const CHECK_INTERVAL_MS = 5000;

export interface FreeSession {
  readonly session: ClientHttp2Session;
  /** True if the session has served another request. The server may already be closing it. */
  readonly reused: boolean;
}

/**
 * The HTTP/2 sessions to one server: usually one, or more when the server's limit of streams per session is reached.
 */
export interface Http2Sessions {
  /**
   * Returns a session with room for another stream. The caller must pass the stream to {@link takeStream} immediately.
   */
  free(): FreeSession | undefined;
  /**
   * Opens another session, or waits for the session that is being opened. Resolves with the protocol of the server; for
   * h2 there is a new session. Rejects if the connection fails.
   */
  open(): Promise<'h2' | 'http/1.1'>;
  /** Closes each session when its streams have ended. */
  retire(): void;
  /** Destroys all sessions, including those that are being opened. */
  close(): void;
}

/**
 * Creates the sessions to one server.
 * @param connected opens a TLS connection that offers h2 and http/1.1
 * @param checkInterval the time between two checks of a session, in milliseconds
 */
export function http2Sessions(
  connected: (signal: AbortSignal) => Promise<tls.TLSSocket>,
  checkInterval: number = CHECK_INTERVAL_MS,
): Http2Sessions {
  const sessions = new Set<ClientHttp2Session>();
  const closing = new AbortController();
  const dead = new DeadSessions(checkInterval);
  let opening: Promise<'h2' | 'http/1.1'> | undefined;

  const open = async (): Promise<'h2' | 'http/1.1'> => {
    const socket = await connected(closing.signal);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return 'http/1.1';
    }
    const session = await established(socket, dead, closing.signal);
    sessions.add(session);
    const forget = (): void => void sessions.delete(session);
    session.once('close', forget);
    session.once('goaway', forget);
    return 'h2';
  };

  return {
    free: () => {
      const session = [...sessions].find(hasRoom);
      return session === undefined ? undefined : { session, reused: openStreams.has(session) };
    },
    open: async () => {
      opening ??= open().finally(() => {
        opening = undefined;
      });
      return await opening;
    },
    retire: () => {
      for (const session of sessions) session.close();
    },
    close: () => {
      closing.abort(new Error('the connection to the backend has been closed'));
      for (const session of sessions) session.destroy();
    },
  };
}

const openStreams = new WeakMap<ClientHttp2Session, number>();

/** Counts a stream of the session until the stream is closed. */
export function takeStream(session: ClientHttp2Session, stream: Http2Stream): void {
  const count = (change: number): void => void openStreams.set(session, (openStreams.get(session) ?? 0) + change);
  count(1);
  stream.once('close', () => count(-1));
}

const hasRoom = (session: ClientHttp2Session): boolean => {
  const limit = Math.max(1, session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY);
  return !session.closed && !session.destroyed && (openStreams.get(session) ?? 0) < limit;
};

/** Opens a TLS connection and waits for the handshake. */
export async function connect(options: tls.ConnectionOptions, signal: AbortSignal): Promise<tls.TLSSocket> {
  signal.throwIfAborted();
  const socket = tls.connect(options);
  // Requests and upgraded connections consist of many small writes.
  socket.setNoDelay(true);
  await untilEvent(socket, 'secureConnect', signal);
  return socket;
}

/** Waits for the settings of the server, which contain its limit of streams. */
const established = async (
  socket: tls.TLSSocket,
  dead: DeadSessions,
  signal: AbortSignal,
): Promise<ClientHttp2Session> => {
  const session = http2.connect('https://backend', { createConnection: () => socket });
  dead.watch(session);
  // An error of the session also ends its streams, which report it.
  session.on('error', () => undefined);
  await untilEvent(session, 'remoteSettings', signal);
  return session;
};

/** Resolves at the event. Rejects at an error, the end or the signal, and destroys the emitter. */
const untilEvent = async (
  emitter: tls.TLSSocket | ClientHttp2Session,
  event: string,
  signal: AbortSignal,
): Promise<void> => {
  const removeListener = onAbort(signal, () => emitter.destroy(signal.reason as Error));
  try {
    await new Promise<void>((resolve, reject) => {
      emitter.once(event, () => resolve());
      emitter.once('error', reject);
      emitter.once('close', () => reject(new Error('the backend closed the connection')));
    });
  } finally {
    removeListener();
  }
};
