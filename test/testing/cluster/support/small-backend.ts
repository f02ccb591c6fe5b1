import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { CertificateAndKey } from '../../../../src/certificates.ts';

export type BackendRequest = IncomingMessage | Http2ServerRequest;
/** The members that both protocols share, without the overloads in which their types differ. */
export type BackendResponse = ServerResponse & { readonly stream?: Http2ServerResponse['stream'] };

/** A request as the backend received it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: BackendRequest['headers'];
  /** The CN of the client certificate, if it is valid. */
  readonly client: string | undefined;
}

export interface SmallBackendOptions {
  readonly protocol: 'h2' | 'http/1.1';
  readonly certificate: CertificateAndKey;
  /** The PEM of the authority of client certificates. */
  readonly frontProxyCa: string;
  readonly maxConcurrentStreams?: number;
  readonly port?: number;
  /**
   * Serves the requests of a test and returns true for them. For all other requests the backend serves discovery of
   * `example.com/v1`.
   */
  readonly onRequest?: (request: BackendRequest, response: BackendResponse) => boolean;
}

export interface SmallBackend extends AsyncDisposable {
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** The open sessions (h2) or connections (http/1.1). */
  connections(): number;
  /** Closes the TCP connections without a word, as the end of a process does. */
  cut(): void;
  close(): Promise<void>;
}

export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export const sendJson = (
  response: BackendResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};

export const widgetResources = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'example.com/v1',
  resources: [
    { name: 'widgets', singularName: 'widget', namespaced: true, kind: 'Widget', verbs: ['get', 'list', 'watch'] },
    { name: 'widgets/status', singularName: '', namespaced: true, kind: 'Widget', verbs: ['get'] },
  ],
};

/** A minimal extension API server. */
export const smallBackend = async (options: SmallBackendOptions): Promise<SmallBackend> => {
  const { protocol, certificate, frontProxyCa, maxConcurrentStreams = 1000, onRequest = () => false } = options;
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const tls = {
    cert: certificate.certificate,
    key: certificate.key,
    ca: frontProxyCa,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const listener = (request: BackendRequest, plain: ServerResponse | Http2ServerResponse): void => {
    const response = plain as unknown as BackendResponse;
    const socket = request.socket as TLSSocket;
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      httpVersion: request.httpVersion,
      headers: request.headers,
      client: socket.authorized ? (socket.getPeerCertificate().subject?.CN as string | undefined) : undefined,
    });
    if (onRequest(request, response)) return;
    if (request.url === '/apis/example.com/v1') sendJson(response, 200, widgetResources);
    else sendJson(response, 404, { kind: 'Status', code: 404 });
  };
  const server =
    protocol === 'h2'
      ? http2.createSecureServer({ ...tls, settings: { maxConcurrentStreams } }, listener)
      : https.createServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    connections: () => (protocol === 'h2' ? sessions.size : sockets.size),
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close,
    [Symbol.asyncDispose]: close,
  };
};
