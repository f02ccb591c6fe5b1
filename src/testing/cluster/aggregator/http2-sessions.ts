import { onAbort } from '../../../abort.ts';
import http2 from 'node:http2';
import type { ClientHttp2Session, Http2Stream } from 'node:http2';
import tls from 'node:tls';

export interface FreeSession {
  readonly session: ClientHttp2Session;
  /** Has served another request before: it may be closing without our knowing yet. */
  readonly reused: boolean;
}

/** The HTTP/2 sessions to one server: usually one, more when the server's limit of streams for each is reached. */
export interface Http2Sessions {
  /** A session that takes another stream now. Hand the stream to {@link takeStream} before anything else happens. */
  free(): FreeSession | undefined;
  /**
   * Opens another session, or waits for the one being opened. Resolves to what the server speaks, with a new session if that is
   * h2. Rejects if there is no connection.
   */
  open(): Promise<'h2' | 'http/1.1'>;
  /** Closes each session when its streams have ended. */
  retire(): void;
  /** Destroys all sessions and all connections being made. */
  close(): void;
}

/** @param connected makes a TLS connection that has offered h2 and http/1.1 */
export function http2Sessions(connected: (signal: AbortSignal) => Promise<tls.TLSSocket>): Http2Sessions {
  const sessions = new Set<ClientHttp2Session>();
  const closing = new AbortController();
  let opening: Promise<'h2' | 'http/1.1'> | undefined;

  const open = async (): Promise<'h2' | 'http/1.1'> => {
    const socket = await connected(closing.signal);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return 'http/1.1';
    }
    const session = await established(socket, closing.signal);
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

/** Counts a stream of the session until it is closed. */
export function takeStream(session: ClientHttp2Session, stream: Http2Stream): void {
  const count = (change: number): void => void openStreams.set(session, (openStreams.get(session) ?? 0) + change);
  count(1);
  stream.once('close', () => count(-1));
}

const hasRoom = (session: ClientHttp2Session): boolean => {
  const limit = Math.max(1, session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY);
  return !session.closed && !session.destroyed && (openStreams.get(session) ?? 0) < limit;
};

/** A TLS connection whose handshake is done. */
export async function connect(options: tls.ConnectionOptions, signal: AbortSignal): Promise<tls.TLSSocket> {
  signal.throwIfAborted();
  const socket = tls.connect(options);
  await untilEvent(socket, 'secureConnect', signal);
  return socket;
}

/** Waits for the server's settings, which say how many streams it takes. */
const established = async (socket: tls.TLSSocket, signal: AbortSignal): Promise<ClientHttp2Session> => {
  const session = http2.connect('https://backend', { createConnection: () => socket });
  // What breaks a session breaks its streams too, and is reported by them.
  session.on('error', () => undefined);
  await untilEvent(session, 'remoteSettings', signal);
  return session;
};

/** Resolves at the event; rejects, and destroys the emitter, at an error, its end or the signal. */
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
