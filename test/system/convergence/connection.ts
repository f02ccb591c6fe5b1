/** HTTP/1.1 and HTTP/2 connections of clients to one process of a replica. Reading can be paused, or cut after any byte. */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Agent, request } from 'node:https';

/** Receives a response. */
export interface Receiver {
  head(status: number): void;
  data(chunk: Buffer): void;
  /**
   * Called once. `complete` is false if the response was cut or never arrived, because of `error` or because the client cancelled it. The
   * error is a {@link NoConnectionError} if the request was not sent.
   */
  end(complete: boolean, error?: Error): void;
}

/** No connection for the request could be established, or it was about to end. The cause says why. */
export class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';
}

/** A request in flight. */
export interface Exchange {
  /** Stops reading until resumed. */
  pause(): void;
  resume(): void;
  /** Cancels the request. */
  cancel(): void;
}

export interface Connections {
  get(protocol: 'h1' | 'h2', path: string, accept: string, receiver: Receiver): Exchange;
  /** Breaks all connections. New requests open new ones. */
  cut(): void;
}

/** The HTTP/2 stream window in bytes. It is small, so that the server notices early when the client does not read. */
const WINDOW = 4096;

/** The identity of the client, and its HTTP/2 stream window. Without a certificate, it is anonymous. */
export interface ConnectionOptions {
  readonly client?: { readonly cert: string; readonly key: string } | undefined;
  readonly window?: number | undefined;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Returns connections to a local port. */
export function connectionsTo(
  port: number,
  ca: string,
  { client, window = WINDOW, headers }: ConnectionOptions = {},
): Connections {
  const tls = { ca, servername: 'localhost', ...client };
  let agent = new Agent({ ...tls, keepAlive: true });
  let session: ClientHttp2Session | undefined;
  let podChurn = new AbortController();
  const http2 = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed) {
      const made = connect(`https://127.0.0.1:${port}`, { ...tls, settings: { initialWindowSize: window } });
      made.on('error', () => undefined);
      made.setMaxListeners(0);
      session = made;
    }
    return session;
  };
  return {
    get: (protocol, path, accept, receiver) =>
      protocol === 'h2'
        ? overHttp2(http2(), { ':path': path, accept, ...headers }, receiver, podChurn.signal)
        : overHttp1({ host: '127.0.0.1', port, path, headers: { accept, ...headers }, agent }, receiver),
    cut: () => {
      podChurn.abort();
      podChurn = new AbortController();
      agent.destroy();
      agent = new Agent({ ...tls, keepAlive: true });
      session?.destroy();
      session = undefined;
    },
  };
}

function overHttp1(options: Parameters<typeof request>[1] & object, receiver: Receiver): Exchange {
  let isPaused = false;
  let isOver = false;
  const end = (complete: boolean, error?: Error): void => {
    if (isOver) return;
    isOver = true;
    receiver.end(complete, error);
  };
  let pause = (paused: boolean): void => void (isPaused = paused);
  const sent = request(options, (response) => {
    receiver.head(response.statusCode ?? 0);
    response.on('data', (chunk: Buffer) => {
      if (!isOver) receiver.data(chunk);
    });
    response.on('end', () => end(response.complete));
    response.on('error', (error) => end(false, error));
    response.on('close', () => end(false));
    pause = (paused) => void (paused ? response.pause() : response.resume());
    if (isPaused) pause(true);
  });
  let isConnected = false;
  sent.on('socket', (socket) => {
    isConnected = sent.reusedSocket;
    if (!isConnected) socket.once('secureConnect', () => (isConnected = true));
  });
  sent.on('error', (error) => {
    end(false, isConnected ? error : new NoConnectionError(error.message, { cause: error }));
  });
  sent.end();
  return {
    pause: () => pause(true),
    resume: () => pause(false),
    cancel: () => {
      end(false);
      sent.destroy();
    },
  };
}

/** @param podChurn the signal of the connection: streams of a cut connection end as if the server had ended them */
function overHttp2(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  receiver: Receiver,
  podChurn: AbortSignal,
): Exchange {
  const stream = session.request(headers);
  let isOver = false;
  let isEnded = false;
  const end = (complete: boolean, error?: Error): void => {
    if (isOver) return;
    isOver = true;
    receiver.end(complete, error);
  };
  let isAnswered = false;
  stream.on('response', (headers) => {
    isAnswered = true;
    receiver.head(Number(headers[':status']));
  });
  stream.on('data', (chunk: Buffer) => {
    if (!isOver) receiver.data(chunk);
  });
  // When a session is gone, Node ends its streams as if the server had ended them.
  stream.on('end', () => (isEnded = !session.destroyed));
  // The property is undefined until the connection is established.
  let isConnected = session.encrypted !== undefined;
  if (!isConnected) session.once('connect', () => (isConnected = true));
  stream.on('error', (error) => {
    // A refused stream was not processed (RFC 9113, 8.7): the server had announced the end of the connection.
    const isSent = isConnected && stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM;
    end(false, isSent ? error : new NoConnectionError(error.message, { cause: error }));
  });
  stream.on('close', () => end(isAnswered && isEnded && stream.rstCode === 0 && !podChurn.aborted));
  stream.end();
  return {
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    cancel: () => {
      end(false);
      // Sends NO_ERROR, after which Node closes nothing at the other side. This is the hardest kind of disconnect for a server.
      stream.destroy();
    },
  };
}
