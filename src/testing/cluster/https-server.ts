/**
 * The HTTPS server of a fake cluster. It speaks HTTP/2 and HTTP/1.1, requests client certificates, drops HTTP/2
 * connections whose client is gone, and can close all its connections.
 * @module
 */
import { once } from 'node:events';
import http2 from 'node:http2';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { ClientRequest, ClientResponse } from './aggregator/proxy.ts';
import type { CertificateAndKey } from '../../certificates.ts';
import { DeadSessions } from '../../dead-sessions.ts';

export interface HttpsServerOptions {
  readonly host: string;
  /** The port; 0 for a free one. */
  readonly port: number;
  readonly certificate: CertificateAndKey;
  /**
   * The PEM of the authority of client certificates. The server requests a certificate. It does not reject the
   * connection if the certificate is of another authority, but reports it as not authorized.
   */
  readonly clientCa: string;
  readonly onRequest: (request: ClientRequest, response: ClientResponse) => void;
  /** The time between two checks of an HTTP/2 connection, in milliseconds. Default: 20 s. */
  readonly checkInterval?: number;
}

/** A server of HTTP/2 and HTTP/1.1. */
export interface HttpsServer {
  readonly port: number;
  /** Closes the server and all connections, including those with requests in progress. */
  close(): Promise<void>;
}

/**
 * The maximum number of streams of one connection. A client may send all its requests over one connection, and every
 * watch is an open stream.
 */
const MAX_STREAMS = 4000;
/** The time after which an idle HTTP/1.1 connection is closed: longer than Go's clients keep one. Responses announce it. */
const IDLE_TIMEOUT_MS = 120_000;

/**
 * Options of net and http that are missing in the types of http2. Without `noDelay`, a response of several writes waits
 * for the delayed acknowledgement of the client, 40 ms.
 */
const CONNECTION_OPTIONS: object = { noDelay: true, keepAliveTimeout: IDLE_TIMEOUT_MS };

/** Another process listens on the port. */
export class PortInUseError extends Error {
  constructor(host: string, port: number, cause: unknown) {
    super(`${host}:${port} is in use by another process. Choose another port, or 0 for a free one.`, { cause });
    this.name = 'PortInUseError';
  }
}

/**
 * Starts the server and resolves when it listens.
 * @throws PortInUseError if another process listens on the port
 */
export async function httpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const { host, port, certificate, clientCa, onRequest, checkInterval } = options;
  const server = http2.createSecureServer(
    {
      allowHTTP1: true,
      cert: certificate.certificate,
      key: certificate.key,
      ca: clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: MAX_STREAMS },
      ...CONNECTION_OPTIONS,
    },
    onRequest,
  );
  const connections = trackedConnections(server, new DeadSessions(checkInterval));
  await listening(server, host, port);
  let closed: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        connections.destroy();
      });
      await closed;
    },
  };
}

const listening = async (server: Http2SecureServer, host: string, port: number): Promise<void> => {
  try {
    const started = once(server, 'listening');
    server.listen(port, host);
    await started;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortInUseError(host, port, error);
    throw error;
  }
};

/** Tracks the connections of a server. Its own `close` waits for them to end and ignores HTTP/2 sessions. */
const trackedConnections = (server: Http2SecureServer, dead: DeadSessions): { destroy(): void } => {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    sessions.add(session);
    dead.watch(session);
    session.once('close', () => sessions.delete(session));
    // A client that disconnects is not an error of the server.
    session.on('error', () => undefined);
  });
  return {
    destroy: () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
};
