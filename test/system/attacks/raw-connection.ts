/** A TLS connection over which a test sends bytes of HTTP/1.1 that no client library would send. */
import { connect, type TLSSocket } from 'node:tls';
import type { ClientOptions } from '../../support/https-client.ts';

/** The time after which a connection that stays open fails the test. */
const TIMEOUT_MS = 60_000;

export interface RawResponse {
  readonly status: number;
  readonly head: string;
}

/** Opens a TLS connection for HTTP/1.1, or for the protocol. */
export function rawSocket({ port, ca, client }: ClientOptions, protocol: 'http/1.1' | 'h2' = 'http/1.1'): TLSSocket {
  const options = { host: '127.0.0.1', servername: 'localhost', port, ca, ALPNProtocols: [protocol], ...client };
  const socket = connect(options);
  socket.on('error', () => undefined);
  return socket;
}

/** Sends bytes, and returns all bytes that the server sends until it closes the connection. */
export function exchange(options: ClientOptions, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = rawSocket(options);
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      reject(new Error(`the server keeps the connection open after ${Buffer.concat(chunks).toString('latin1')}`));
      socket.destroy();
    }, TIMEOUT_MS);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}

/** Returns the responses in the bytes of a connection. Responses need a Content-Length. */
export function responsesIn(text: string): RawResponse[] {
  const responses: RawResponse[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    const head = end < 0 ? rest : rest.slice(0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new Error(`this is no response: ${JSON.stringify(rest.slice(0, 200))}`);
    if (status !== 100) responses.push({ status, head });
    const length = status === 100 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    rest = end < 0 ? '' : rest.slice(end + 4 + length);
  }
  return responses;
}

/** Returns the bytes of a request. Each header is a whole line, without its end. */
export function requestBytes(line: string, headers: readonly string[], body = ''): string {
  return [line, 'Host: localhost', ...headers, '', body].join('\r\n');
}
