/**
 * The options of the sockets of a server: protocol versions, limits, keep-alives, and the verification of client certificates.
 * @module
 */
import { constants } from 'node:crypto';
import type { SecureServerOptions } from 'node:http2';
import type { SecureContextOptions } from 'node:tls';
import { keepCertificates } from './client-verification.ts';
import type { ServingCertificate } from './serving-certificate.ts';

/** The maximum size of all headers together, which is that of Go's servers. */
const MAX_HEADER_BYTES = 1024 * 1024;
/**
 * The maximum number of megabytes that are queued for all streams of a connection. Above it, Node refuses new streams. Each watch whose
 * client does not read queues data. With Node's default of 10, a few such watches would block all clients of the same aggregator.
 */
const MAX_SESSION_MEMORY = 300;
/**
 * The number of streams that a client can reset in a second. A client that disconnects resets all its watches at once, so the burst is
 * twice the number of streams. With Node's defaults, the shared connection of an aggregator would end.
 */
const STREAM_RESET_RATE = 500;
/** The interval of TCP keep-alives. They detect that the client of a quiet watch is gone. */
const KEEP_ALIVE_MS = 15_000;
/**
 * Each connection verifies the certificate of its client, exactly once. A resumed session would have the verdict of an older connection,
 * without the certificates between the client and its CA. A renegotiation could replace the certificate after it was verified.
 */
const VERIFIED_ONCE = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;
/**
 * The time after which an idle HTTP/1.1 connection is closed. Responses announce it in `Keep-Alive`. Node's default of 5 s is shorter than
 * the idle time of Go's clients, 90 s, so a client could send a request into a connection that the server is closing.
 */
const IDLE_TIMEOUT_MS = 120_000;

/** Options of net and http that are missing in the types of http2. */
const CONNECTION_OPTIONS: object = {
  maxHeaderSize: MAX_HEADER_BYTES,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
  keepAliveTimeout: IDLE_TIMEOUT_MS,
};

/** Returns the options of the server, except those of the certificate, which change. */
export function serverOptions(limits: {
  readonly maxStreams: number;
  readonly maxHeaders: number;
}): SecureServerOptions {
  const { maxStreams, maxHeaders } = limits;
  return {
    allowHTTP1: true,
    requestCert: true,
    // A request with an invalid certificate has no identity. Authentication decides whether it needs one.
    rejectUnauthorized: false,
    SNICallback: keepCertificates,
    settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: MAX_HEADER_BYTES },
    maxHeaderListPairs: maxHeaders,
    maxSessionMemory: MAX_SESSION_MEMORY,
    streamResetBurst: 2 * maxStreams,
    streamResetRate: STREAM_RESET_RATE,
    ...CONNECTION_OPTIONS,
  };
}

/** Returns the options that a change of the certificate or of the CAs replaces. */
export function secureContext({ cert, key }: ServingCertificate, clientCas: readonly string[]): SecureContextOptions {
  return {
    cert,
    key,
    ca: [...clientCas],
    // The flag --tls-min-v1.0 of Node.js must not weaken the server.
    minVersion: 'TLSv1.2',
    // A CA of a bundle is trusted also if another CA has signed it, as in Go.
    allowPartialTrustChain: true,
    secureOptions: VERIFIED_ONCE,
  };
}
