/**
 * The floor: a bare `node:https` or `node:http2` server that writes one prebuilt Buffer for each request, with the same certificates. It also
 * writes prebuilt events to open watches.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { Writable } from 'node:stream';
import { provide } from '../harness/calls.ts';
import { usage } from './process-usage.ts';

interface FloorOptions {
  readonly tls: { readonly certificate: string; readonly key: string };
  /** The CA of the certificate of the front proxy. */
  readonly clientCa: string;
}

/** The ports of a floor. */
export interface FloorPorts {
  readonly http1: number;
  readonly http2: number;
}

/** A response of the floor. */
interface Prebuilt {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

const ROUND_MS = 10;
/** The idle timeout of a connection, which is that of the measured server. */
const IDLE_TIMEOUT_MS = 120_000;
/** Requests with this header stay open for events. */
const OPEN_HEADER = 'x-bench-open';

const prebuilt = new Map<string, Prebuilt>();
const watches = new Set<Writable>();

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function bodyOf(path: string | undefined): Prebuilt {
  const found = prebuilt.get(path ?? '');
  if (found === undefined) throw new Error(`the floor has no response for ${path}`);
  return found;
}

function keepOpen(stream: Writable): void {
  watches.add(stream);
  stream.once('close', () => watches.delete(stream));
}

async function start({ tls, clientCa }: FloorOptions): Promise<FloorPorts> {
  const options = { cert: tls.certificate, key: tls.key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const http1 = createServer({ ...options, noDelay: true }, (request, response) => {
    if (request.headers[OPEN_HEADER] !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      return keepOpen(response);
    }
    const { status, headers, body } = bodyOf(request.url);
    response.writeHead(status, headers);
    response.end(body);
  });
  // Connections wait while the server is measured.
  http1.keepAliveTimeout = IDLE_TIMEOUT_MS;
  const http2 = createSecureServer({
    ...options,
    settings: { maxConcurrentStreams: 4000 },
    // In megabytes. A thousand bodies may wait to be written.
    maxSessionMemory: 10_000,
  });
  http2.on('stream', (stream: ServerHttp2Stream, request) => {
    stream.on('error', () => undefined);
    if (request[OPEN_HEADER] !== undefined) {
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      return keepOpen(stream);
    }
    const { status, headers, body } = bodyOf(request[':path']);
    stream.respond({ ':status': status, ...headers });
    stream.end(body);
  });
  return { http1: await portOf(http1), http2: await portOf(http2) };
}

/** Writes events to all watches, at a rate. */
function events({
  rate,
  events: sent,
}: {
  readonly rate: number;
  readonly events: readonly Uint8Array[];
}): Promise<void> {
  const frames = sent.map((event) => Buffer.from(event));
  const begin = performance.now();
  let written = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(frames.length, ((performance.now() - begin) / 1000) * rate);
      for (; written < due; written += 1) for (const watch of watches) watch.write(frames[written]);
      if (written < frames.length) return;
      clearInterval(timer);
      resolve();
    }, ROUND_MS);
  });
}

const functions = {
  ...usage,
  start,
  events,
  /** Keeps a body from a file as the response for a path. */
  prebuild({ path, file, ...rest }: Omit<Prebuilt, 'body'> & { readonly path: string; readonly file: string }): void {
    prebuilt.set(path, { ...rest, body: readFileSync(file) });
  },
  /** Forgets all responses. */
  clear: () => prebuilt.clear(),
  /** Returns the number of open watches. */
  watches: () => watches.size,
};

export type FloorFunctions = typeof functions;
provide(functions);
