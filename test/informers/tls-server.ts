import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { certificateAuthority, type CertificateAndKey, type CertificateAuthority } from '../../src/certificates.ts';

export type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A TLS server on loopback, HTTP/2 or HTTP/1.1, that counts connections. */
export interface TlsServer {
  readonly url: string;
  readonly authority: CertificateAuthority;
  /** Answers requests; may be replaced at any time. */
  handle: Handler;
  /** Connections made until now, and those open. */
  readonly connections: { made: number; readonly open: Set<Socket> };
  /** A kubeconfig for it; `change` may replace user or cluster fields. */
  config(user?: Record<string, unknown>, cluster?: Record<string, unknown>): KubeConfig;
  /** Resolves when so many connections are open. */
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
  const answer: Handler = (request, response) => self.handle(request, response);
  const server = http1
    ? https.createServer(options, answer as unknown as RequestListener)
    : http2.createSecureServer({ ...options, allowHTTP1: true }, answer);
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
      const patience = AbortSignal.timeout(5000);
      while (open.size !== count) {
        // A loop that went on after its test had failed would keep the process alive for ever.
        if (patience.aborted) throw new Error(`${count} connections were wanted, ${open.size} are open`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
  return self;
}
