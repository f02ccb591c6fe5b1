/** Connections of clients to one process of a replica: HTTP/1.1 and HTTP/2, with reading that can be paused and cut after any byte. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent, request } from 'node:https';

/** Who is told of an answer. */
export interface Receiver {
  head(status: number): void;
  data(chunk: Buffer): void;
  /** Once. `whole`: the server has ended the answer; otherwise it was broken off, or never came. */
  end(whole: boolean): void;
}

/** A request under way. */
export interface Exchange {
  /** Reads no more, until resumed. */
  pause(): void;
  resume(): void;
  /** Breaks off. */
  cancel(): void;
}

export interface Connections {
  get(protocol: 'h1' | 'h2', path: string, accept: string, receiver: Receiver): Exchange;
  /** All connections break. New requests make new ones. */
  cut(): void;
}

/** Little fits into the window of an HTTP/2 stream, so that the server notices soon when nobody reads. */
const WINDOW = 4096;

/** Connections to a port on this machine. */
export function connectionsTo(port: number, ca: string): Connections {
  const tls = { ca, servername: 'localhost' };
  let agent = new Agent({ ...tls, keepAlive: true });
  let session: ClientHttp2Session | undefined;
  let life = new AbortController();
  const http2 = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed) {
      const made = connect(`https://127.0.0.1:${port}`, { ...tls, settings: { initialWindowSize: WINDOW } });
      made.on('error', () => undefined);
      session = made;
    }
    return session;
  };
  return {
    get: (protocol, path, accept, receiver) =>
      protocol === 'h2'
        ? overHttp2(http2(), path, accept, receiver, life.signal)
        : overHttp1({ host: '127.0.0.1', port, path, headers: { accept }, agent }, receiver),
    cut: () => {
      life.abort();
      life = new AbortController();
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
  const end = (whole: boolean): void => {
    if (isOver) return;
    isOver = true;
    receiver.end(whole);
  };
  let pause = (paused: boolean): void => void (isPaused = paused);
  const sent = request(options, (response) => {
    receiver.head(response.statusCode ?? 0);
    response.on('data', (chunk: Buffer) => {
      if (!isOver) receiver.data(chunk);
    });
    response.on('end', () => end(response.complete));
    response.on('error', () => end(false));
    response.on('close', () => end(false));
    pause = (paused) => void (paused ? response.pause() : response.resume());
    if (isPaused) pause(true);
  });
  sent.on('error', () => end(false));
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

/** `life`: of the connection. Streams of one that is cut end as if the server had ended them. */
function overHttp2(
  session: ClientHttp2Session,
  path: string,
  accept: string,
  receiver: Receiver,
  life: AbortSignal,
): Exchange {
  const stream = session.request({ ':path': path, accept });
  let isOver = false;
  let isEnded = false;
  const end = (whole: boolean): void => {
    if (isOver) return;
    isOver = true;
    receiver.end(whole);
  };
  let isAnswered = false;
  stream.on('response', (headers) => {
    isAnswered = true;
    receiver.head(Number(headers[':status']));
  });
  stream.on('data', (chunk: Buffer) => {
    if (!isOver) receiver.data(chunk);
  });
  // Of a session that has gone, Node ends the streams as if the server had.
  stream.on('end', () => (isEnded = !session.destroyed));
  stream.on('error', () => end(false));
  stream.on('close', () => end(isAnswered && isEnded && stream.rstCode === 0 && !life.aborted));
  stream.end();
  return {
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    cancel: () => {
      end(false);
      // Sends NO_ERROR, on which Node closes nothing at the other side: the hardest way for a client to leave.
      stream.destroy();
    },
  };
}
