import { onAbort } from '../../../abort.ts';
import http2 from 'node:http2';
import type { ClientHttp2Stream } from 'node:http2';
import https from 'node:https';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

import type { CertificateAndKey } from '../../../certificates.ts';
import { connect, http2Sessions, takeStream } from './http2-sessions.ts';
import type { FreeSession } from './http2-sessions.ts';

/** Where a backend listens, and how the two prove who they are. */
export interface BackendTarget {
  readonly host: string;
  readonly port: number;
  /** The name the backend's certificate has to be for: `<service>.<namespace>.svc`. */
  readonly servername: string;
  /** PEM of what the certificate is verified with. Without it, the authorities this process trusts anyway. */
  readonly ca?: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  /** The front proxy's own certificate. */
  readonly clientCertificate: CertificateAndKey;
}

export interface BackendRequest {
  readonly method: string;
  /** Path and query, as they go over the wire. */
  readonly path: string;
  /** Names in lower case, nothing that belongs to a connection. */
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Readable | undefined;
  /** Aborts request and response, whichever is under way. */
  readonly signal: AbortSignal;
}

export interface BackendResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Errors if the backend breaks off. */
  readonly body: Readable;
}

/** Requests to one backend, multiplexed over HTTP/2; over HTTP/1.1 if the backend speaks nothing else. */
export interface BackendConnection {
  readonly target: BackendTarget;
  /** Rejects if there is no answer: the backend cannot be reached, is not who it should be, or hangs up. */
  request(request: BackendRequest): Promise<BackendResponse>;
  /** Opens nothing new; what is under way goes on to its end. */
  retire(): void;
  /** Breaks off whatever is under way. */
  close(): void;
}

/** Opens nothing before the first request. */
export function backendConnection(target: BackendTarget): BackendConnection {
  const agent = new https.Agent({ keepAlive: true });
  const offer = { ...tlsOptions(target), ALPNProtocols: ['h2', 'http/1.1'] };
  const pool = http2Sessions(async (signal) => await connect(offer, signal));
  let closed = false;
  let http1 = false;

  const attempt = async (request: BackendRequest): Promise<BackendResponse> => {
    let chosen = pool.free();
    while (chosen === undefined && !http1) {
      http1 = (await pool.open()) === 'http/1.1';
      chosen = pool.free();
    }
    request.signal.throwIfAborted();
    if (chosen !== undefined) return await overHttp2(target, chosen, request);
    try {
      return await overHttp1(target, agent, request);
    } catch (error) {
      http1 = false;
      throw error;
    }
  };

  return {
    target,
    request: async (request) => {
      if (closed) throw new Error('the connection to the backend has been closed');
      try {
        return await attempt(request);
      } catch (error) {
        if (!(error instanceof StaleConnectionError)) throw error;
        if (request.body !== undefined || request.method !== 'GET') throw error.cause;
        return await attempt(request).catch((second: unknown) => {
          throw second instanceof StaleConnectionError ? second.cause : second;
        });
      }
    },
    retire: () => {
      closed = true;
      pool.retire();
      agent.on('free', (socket: Socket) => socket.destroy());
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    },
    close: () => {
      closed = true;
      pool.close();
      agent.destroy();
    },
  };
}

/** A request failed on a connection that had served others: the backend may have closed it just then. Worth one more try. */
class StaleConnectionError extends Error {
  constructor(cause: unknown) {
    super('the backend closed a connection that was in use', { cause });
    this.name = 'StaleConnectionError';
  }
}

const tlsOptions = (target: BackendTarget): ConnectionOptions => ({
  host: target.host,
  port: target.port,
  servername: target.servername,
  rejectUnauthorized: !target.insecureSkipTlsVerify,
  cert: target.clientCertificate.certificate,
  key: target.clientCertificate.key,
  ...(target.ca === undefined ? {} : { ca: target.ca }),
});

const overHttp2 = async (
  target: BackendTarget,
  { session, reused }: FreeSession,
  { method, path, headers, body, signal }: BackendRequest,
): Promise<BackendResponse> => {
  const stream = session.request(
    {
      ...headers,
      ':method': method,
      ':path': path,
      ':scheme': 'https',
      ':authority': `${target.host}:${target.port}`,
    },
    { endStream: body === undefined },
  );
  takeStream(session, stream);
  if (body !== undefined) send(body, stream);
  const cancel = (): void => stream.close(http2.constants.NGHTTP2_CANCEL);
  try {
    return await answered(stream, signal, cancel, (settle) =>
      stream.once('response', ({ ':status': status = 0, ...rest }) => settle({ status, headers: rest, body: stream })),
    );
  } catch (error) {
    throw reused && !signal.aborted ? new StaleConnectionError(error) : error;
  }
};

const overHttp1 = async (
  target: BackendTarget,
  agent: https.Agent,
  { method, path, headers, body, signal }: BackendRequest,
): Promise<BackendResponse> => {
  const request = https.request({ ...tlsOptions(target), agent, method, path, headers });
  if (body === undefined) request.end();
  else send(body, request);
  try {
    return await answered(
      request,
      signal,
      () => request.destroy(),
      (settle) =>
        request.once('response', (response) =>
          settle({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
        ),
    );
  } catch (error) {
    throw request.reusedSocket && !signal.aborted ? new StaleConnectionError(error) : error;
  }
};

/** What goes wrong with the sending shows at the receiver, as the end of the exchange. */
const send = (body: Readable, receiver: Writable): void => {
  pipeline(body, receiver, () => undefined);
};

/** The answer to a request, or why there is none. `cancel` breaks the exchange off, before and after the answer. */
const answered = async (
  exchange: ClientHttp2Stream | ReturnType<typeof https.request>,
  signal: AbortSignal,
  cancel: () => void,
  onResponse: (settle: (response: BackendResponse) => void) => void,
): Promise<BackendResponse> =>
  await new Promise((resolve, reject) => {
    let removeListener = (): void => undefined;
    exchange.once('close', () => {
      removeListener();
      reject(new Error('the backend closed the stream without an answer'));
    });
    // Stays for the time after the answer: whoever reads the body is told by the body.
    exchange.on('error', reject);
    onResponse(resolve);
    removeListener = onAbort(signal, () => {
      reject(signal.reason);
      cancel();
    });
  });
