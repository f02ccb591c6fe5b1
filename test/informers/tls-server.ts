import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { certificateAuthority, type CertificateAndKey, type CertificateAuthority } from '../../src/certificates.ts';
import { until } from '../support/until.ts';

export type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A TLS server on loopback, with HTTP/2 or HTTP/1.1, that counts its connections. */
export interface TlsServer {
  readonly url: string;
  readonly authority: CertificateAuthority;
  /** Handles requests. A test may replace it at any time. */
  handle: Handler;
  /** The number of connections so far, and the open connections. */
  readonly connections: { made: number; readonly open: Set<Socket> };
  /** A kubeconfig for the server, with these fields of the user and the cluster. */
  config(user?: Record<string, unknown>, cluster?: Record<string, unknown>): KubeConfig;
  /** Resolves when this number of connections is open. */
  openConnections(count: number): Promise<void>;
  close(): Promise<void>;
}

let authority: Promise<CertificateAuthority> | undefined;
let certificate: Promise<CertificateAndKey> | undefined;

export async function tlsServer({ http1 = false }: { http1?: boolean } = {}): Promise<TlsServer> {
  authority ??= certificateAuthority('test');
  const ca = await authority;
  certificate ??= ca.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const { certificate: cert, key } = await certificate;
  const open = new Set<Socket>();
  const connections = { made: 0, open };
  const options = { cert, key, ca: ca.certificate, requestCert: true, rejectUnauthorized: false };
  const handler: Handler = (request, response) => self.handle(request, response);
  const server = http1
    ? https.createServer(options, handler as unknown as RequestListener)
    : http2.createSecureServer({ ...options, allowHTTP1: true }, handler);
  server.on('secureConnection', (socket: Socket) => {
    connections.made += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const self: TlsServer = {
    url,
    authority: ca,
    handle: (_, response) => response.end('{}'),
    connections,
    config(user = { token: 'secret' }, cluster = {}) {
      const kubeConfig = new KubeConfig();
      const caData = Buffer.from(ca.certificate).toString('base64');
      kubeConfig.loadFromClusterAndUser(
        { name: 'test', server: url, caData, skipTLSVerify: false, ...cluster },
        { name: 'tester', ...user },
      );
      return kubeConfig;
    },
    async openConnections(count) {
      await until(
        () => open.size === count,
        () => `${count} open connections; there are ${open.size}`,
      );
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
  return self;
}
