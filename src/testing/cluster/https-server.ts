import { once } from 'node:events';
import http2 from 'node:http2';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

import type { ClientRequest, ClientResponse } from './aggregator/proxy.ts';
import type { CertificateAndKey } from '../../certificates.ts';

export interface HttpsServerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly certificate: CertificateAndKey;
  /** PEM. Clients are asked for a certificate of this authority; one of another is reported, not refused. */
  readonly clientCa: string;
  readonly onRequest: (request: ClientRequest, response: ClientResponse) => void;
}

/** A server of h2 and http/1.1 that can be ended with all its connections. */
export interface HttpsServer {
  readonly port: number;
  /** Ends every connection at once, requests under way included. */
  close(): Promise<void>;
}

/** All requests of one client library may share a connection, and every watch is a stream for as long as it lasts. */
const MAX_STREAMS = 4000;

/** Somebody else listens on the port. */
export class PortInUseError extends Error {
  constructor(host: string, port: number, cause: unknown) {
    super(`${host}:${port} is in use by another process. Choose another port, or 0 for a free one.`, { cause });
    this.name = 'PortInUseError';
  }
}

export async function httpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const { host, port, certificate, clientCa, onRequest } = options;
  const server = http2.createSecureServer(
    {
      allowHTTP1: true,
      cert: certificate.certificate,
      key: certificate.key,
      ca: clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: MAX_STREAMS },
    },
    onRequest,
  );
  const connections = trackedConnections(server);
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

/** The server's own `close` waits for connections to end, and knows nothing of HTTP/2 sessions. */
const trackedConnections = (server: Http2SecureServer): { destroy(): void } => {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // A client that goes without a word is its own business.
    session.on('error', () => undefined);
  });
  return {
    destroy: () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
};
