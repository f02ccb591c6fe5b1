/** A server behind a front proxy, without a socket. The proxy authenticates users, because the server writes as the user of the request. */
import { X509Certificate } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { duplexPair } from 'node:stream';
import type { TestOptions } from '../../../support/test-server.ts';
import { certificateAuthority } from '../../../../src/certificates.ts';
import { apiServer, type ApiServer } from '../../../../src/server/index.ts';
import { RecordedLog } from '../../../support/test-server.ts';

export interface ThroughResponse {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  // Tests read any field of the body.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

let frontProxy: Promise<{ readonly ca: string; readonly certificate: object }> | undefined;

/** The CA of the front proxy, and its certificate in the form in which a TLS socket presents it. */
async function newFrontProxy(): Promise<{ readonly ca: string; readonly certificate: object }> {
  const authority = await certificateAuthority('front-proxy-ca');
  const { certificate } = await authority.issue({ commonName: 'front-proxy', usage: 'client' });
  return { ca: authority.certificate, certificate: new X509Certificate(certificate).toLegacyObject() };
}

export class ThroughRig {
  readonly server: ApiServer;
  readonly #http: Server;
  readonly #certificate: object;

  private constructor(server: ApiServer, certificate: object) {
    this.server = server;
    this.#certificate = certificate;
    this.#http = createServer((request, response) => server.handle(request, response));
    server.start();
  }

  static async of({ resources, ...options }: TestOptions): Promise<ThroughRig> {
    frontProxy ??= newFrontProxy();
    const { ca, certificate } = await frontProxy;
    const server = apiServer({
      log: new RecordedLog(),
      apis: [{ group: 'example.com', version: 'v1', resources }],
      authentication: {
        clientCa: ca,
        allowedNames: [],
        usernameHeaders: ['X-Remote-User'],
        uidHeaders: ['X-Remote-Uid'],
        groupHeaders: ['X-Remote-Group'],
        extraHeaderPrefixes: ['X-Remote-Extra-'],
      },
      authorization: 'any-authenticated',
      shutdown: { watchGracePeriod: 0 },
      ...options,
    });
    return new ThroughRig(server, certificate);
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ThroughResponse> {
    const [near, far] = duplexPair();
    Object.assign(far, { authorized: true, getPeerCertificate: () => this.#certificate });
    this.#http.emit('connection', far);
    const text = body === undefined ? '' : JSON.stringify(body);
    const all: Record<string, string | number> = {
      Host: 'in-process',
      'Content-Length': Buffer.byteLength(text),
      'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      'X-Remote-User': 'jane',
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({ path, method, headers: all, createConnection: () => near }, (incoming) => {
        let received = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (piece: string) => (received += piece));
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: JSON.parse(received) }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  async close(): Promise<void> {
    await this.server.close();
    this.#http.closeAllConnections();
  }
}
