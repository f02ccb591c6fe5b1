/**
 * Connections to one backend: HTTP/2 with multiplexed requests, or HTTP/1.1 if the backend supports nothing else. A GET
 * that failed on a reused connection is retried once.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import http2 from 'node:http2';
import type { ClientHttp2Stream } from 'node:http2';
import https from 'node:https';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline, Transform, type Readable, type Writable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import type { CertificateAndKey } from '../../../certificates.ts';
import { connect, http2Sessions, takeStream, type FreeSession } from './http2-sessions.ts';

/** The address of a backend, and the credentials of both sides. */
export interface BackendTarget {
  readonly host: string;
  readonly port: number;
  /** The name in the backend's certificate: `<service>.<namespace>.svc`. */
  readonly servername: string;
  /** The PEM of the authority that verifies the certificate. Default: the authorities that this process trusts. */
  readonly ca?: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  /** The client certificate of the front proxy. */
  readonly clientCertificate: CertificateAndKey;
}

export interface BackendRequest {
  readonly method: string;
  /** The encoded path and query. */
  readonly path: string;
  /** The headers with names in lower case, without hop-by-hop headers. */
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Readable | undefined;
  /** Aborts the request or the response. */
  readonly signal: AbortSignal;
}

export interface BackendResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body. It emits an error if the backend ends the connection too early. */
  readonly body: Readable;
}

/** Sends requests to one backend, over HTTP/2 if possible. */
export interface BackendConnection {
  readonly target: BackendTarget;
  /**
   * Sends a request. Rejects if there is no response: the backend cannot be reached, has a wrong certificate, or closes
   * the connection.
   */
  request(request: BackendRequest): Promise<BackendResponse>;
  /** Prevents new requests. Requests in progress are completed. */
  retire(): void;
  /** Aborts all requests. */
  close(): void;
}

/** Creates the connection of a backend. It opens nothing before the first request. */
export function backendConnection(target: BackendTarget): BackendConnection {
  const agent = new https.Agent({ keepAlive: true });
  const offer = { ...tlsOptions(target), ALPNProtocols: ['h2', 'http/1.1'] };
  const pool = http2Sessions(async (signal) => await connect(offer, signal));
  let closed = false;
  let http1 = false;

  const attempt = async (request: BackendRequest): Promise<BackendResponse> => {
    let session = pool.free();
    while (session === undefined && !http1) {
      http1 = (await pool.open()) === 'http/1.1';
      session = pool.free();
    }
    request.signal.throwIfAborted();
    if (session !== undefined) return await overHttp2(target, session, request);
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

/**
 * A request failed on a connection that had served other requests. The backend may have closed the connection at that
 * moment, so a retry on another connection may succeed.
 */
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
    return await responseOf(stream, signal, cancel, (settle) =>
      stream.once('response', ({ ':status': status = 0, ...rest }) =>
        settle({ status, headers: rest, body: wholeBody(stream) }),
      ),
    );
  } catch (error) {
    throw reused && !signal.aborted ? new StaleConnectionError(error) : error;
  }
};

/**
 * Returns the body, with an error if the backend cancels the stream or its connection closes. Node.js ends such a body without an error;
 * only the code of the stream shows that it is not whole.
 */
const wholeBody = (stream: ClientHttp2Stream): Readable => {
  const body = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => {
      const isWhole = (stream.rstCode ?? 0) === http2.constants.NGHTTP2_NO_ERROR;
      done(isWhole ? null : new Error('the backend closed the stream before the end of the response'));
    },
  });
  pipeline(stream, body, () => undefined);
  return body;
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
    return await responseOf(
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

/** Sends a body. It ignores errors, because they also end the response, which reports them. */
const send = (body: Readable, receiver: Writable): void => {
  pipeline(body, receiver, () => undefined);
};

/**
 * Resolves with the response to a request, or rejects with the reason. `cancel` aborts the exchange, before and after
 * the response.
 */
const responseOf = async (
  exchange: ClientHttp2Stream | ReturnType<typeof https.request>,
  signal: AbortSignal,
  cancel: () => void,
  onResponse: (settle: (response: BackendResponse) => void) => void,
): Promise<BackendResponse> =>
  await new Promise((resolve, reject) => {
    let removeListener = (): void => undefined;
    exchange.once('close', () => {
      removeListener();
      reject(new Error('the backend closed the stream without a response'));
    });
    // The listener stays after the response. Errors of the body are reported by the body.
    exchange.on('error', reject);
    onResponse(resolve);
    removeListener = onAbort(signal, () => {
      reject(signal.reason);
      cancel();
    });
  });
