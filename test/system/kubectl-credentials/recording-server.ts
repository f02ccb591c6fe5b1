/** API servers on loopback, with and without TLS, that record who sends a request: its credentials and the user that it impersonates. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { certificateAuthority } from '../../../src/certificates.ts';

/** The parts of a request that decide on whose behalf it is sent. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** Name and value of each `Impersonate-*` header, in alphabetical order. */
  readonly impersonation: readonly string[];
  /** The common name of the client certificate. */
  readonly certificate: string | undefined;
}

/** The running servers, and texts for kubeconfigs. */
export interface RecordingServer {
  readonly url: string;
  /** The server without TLS. */
  readonly plainUrl: string;
  readonly port: number;
  /** The certificate authority of the server, in PEM. */
  readonly ca: string;
  /** A client certificate with the common name `alice`, in PEM. */
  readonly certificate: { readonly certificate: string; readonly key: string };
  /** Returns the requests since the last call. */
  take(): ReceivedRequest[];
  close(): Promise<void>;
}

/** @param dnsName a name of the server in its certificate, besides 127.0.0.1 */
export async function recordingServer(dnsName: string): Promise<RecordingServer> {
  const authority = await certificateAuthority('recording');
  const names = { commonName: dnsName, dnsNames: [dnsName], ipAddresses: ['127.0.0.1'], usage: 'server' } as const;
  const { certificate: cert, key } = await authority.issue(names);
  const received: ReceivedRequest[] = [];
  const record = (request: http.IncomingMessage | http2.Http2ServerRequest): void => {
    const pairs = Array.from({ length: request.rawHeaders.length / 2 }, (_, index) => {
      const [name = '', value = ''] = request.rawHeaders.slice(index * 2);
      return [name.toLowerCase(), Buffer.from(value, 'latin1').toString('utf8')] as const;
    });
    const socket = request.socket as { getPeerCertificate?: () => { subject?: { CN?: string } } };
    received.push({
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: pairs.find(([name]) => name === 'authorization')?.[1],
      impersonation: pairs
        .filter(([name]) => name.startsWith('impersonate-'))
        .map((pair) => pair.join(': '))
        .sort(),
      certificate: socket.getPeerCertificate?.().subject?.CN,
    });
  };
  const secure = http2.createSecureServer(
    { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false, allowHTTP1: true },
    (request, response) => {
      record(request);
      response.end('{}');
    },
  );
  const plain = http.createServer((request, response) => {
    record(request);
    response.end('{}');
  });
  const open = new Set<{ destroy(): void }>();
  for (const server of [secure, plain]) {
    server.on('connection', (socket: { destroy(): void; on(event: 'close', listener: () => void): void }) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const { port } = secure.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    plainUrl: `http://127.0.0.1:${(plain.address() as AddressInfo).port}`,
    port,
    ca: authority.certificate,
    certificate: await authority.issue({ commonName: 'alice', usage: 'client' }),
    take: () => received.splice(0),
    async close() {
      for (const socket of open) socket.destroy();
      await Promise.all([secure, plain].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
