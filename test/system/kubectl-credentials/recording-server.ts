/** API servers on loopback, with and without TLS, that record who sends a request: its credentials and the user that it impersonates. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { type AddressInfo, connect } from 'node:net';
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
  /** Proxies without and with TLS. They connect every host to the server. */
  readonly proxy: string;
  readonly secureProxy: string;
  /** The certificate authority of the server, in PEM. */
  readonly ca: string;
  /** A client certificate with the common name `alice`, in PEM. */
  readonly certificate: { readonly certificate: string; readonly key: string };
  /** Returns the requests since the last call. */
  take(): ReceivedRequest[];
  /** Returns the requests to the proxies since the last call, with their Proxy-Authorization: `CONNECT host:443 Basic …`. */
  takeProxied(): string[];
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
  const proxied: string[] = [];
  const recordProxied = ({ method, url, headers }: http.IncomingMessage): void => {
    proxied.push([method, url, headers['proxy-authorization']].filter((part) => part !== undefined).join(' '));
  };
  const proxies = [http.createServer(), https.createServer({ cert, key })];
  for (const server of proxies) {
    server.on('request', (request, response) => {
      recordProxied(request);
      request.url = new URL(request.url ?? '').href.replace(/^http:..[^/]*/, '');
      record(request);
      response.end('{}');
    });
    server.on('connect', (request, client) => {
      recordProxied(request);
      const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      upstream.pipe(client).pipe(upstream);
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
  }
  const open = new Set<{ destroy(): void }>();
  for (const server of [secure, plain, ...proxies]) {
    server.on('connection', (socket: { destroy(): void; on(event: 'close', listener: () => void): void }) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
  const port = portOf(secure);
  return {
    url: `https://127.0.0.1:${port}`,
    plainUrl: `http://127.0.0.1:${portOf(plain)}`,
    proxy: `127.0.0.1:${portOf(proxies[0] ?? plain)}`,
    secureProxy: `127.0.0.1:${portOf(proxies[1] ?? plain)}`,
    ca: authority.certificate,
    certificate: await authority.issue({ commonName: 'alice', usage: 'client' }),
    take: () => received.splice(0),
    takeProxied: () => proxied.splice(0),
    async close() {
      for (const socket of open) socket.destroy();
      await Promise.all([secure, plain, ...proxies].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
