/**
 * The connections to an API server.
 * @module
 */
import { onAbort } from '../abort.ts';
import { subscribe } from 'node:diagnostics_channel';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { rootCertificates, type SecureContextOptions, type TlsOptions } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { KubeCredentials } from './kube-credentials.ts';
import { closeIfSilent, DEFAULT_PING_TIMES, type PingTimes } from './silent-connection.ts';

/** The maximum time to connect. */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * The idle time before TCP keep-alive probes. It is shorter than the idle timeouts of cloud load balancers. Node.js closes a connection after
 * ten probes without a reply, one each second: 40 s after the last byte.
 */
const KEEP_ALIVE_DELAY_MS = 30_000;
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS };
/** The time after which a connection without a request is closed. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Returns a dispatcher that connects with these credentials and keeps the connections. It uses HTTP/2 if the server supports it. It closes
 * connections to a server that has died.
 * @param signal aborts attempts to connect, except through a proxy. `destroy()` would leave them to their timeout.
 */
export function kubeDispatcher(
  { tls, proxy }: KubeCredentials,
  signal: AbortSignal,
  pings: PingTimes = DEFAULT_PING_TIMES,
): Dispatcher {
  cancelWithCode();
  const options = { ...tls, ...KEEP_ALIVE, timeout: CONNECT_TIMEOUT_MS };
  const h2Options = { pingInterval: pings.interval };
  if (proxy !== undefined) {
    const factory = poolOfTunnels(pings);
    return new ProxyAgent({ uri: proxy, requestTls: options, proxyTls: proxyTls(tls), h2Options, factory });
  }
  const connect = closingIfSilent(connector(options, signal), pings);
  return new Agent({ connect, h2Options, keepAliveTimeout: IDLE_TIMEOUT_MS });
}

/** Returns a function that connects like `connect`, and closes connections that have become silent. */
function closingIfSilent(connect: buildConnector.connector, pings: PingTimes): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      Reflect.set(socket, OWN, true);
      closeIfSilent(socket, pings);
      callback(null, socket);
    });
}

/** Returns a factory of pools through a proxy. The proxy passes pings on, so they reach the API server. */
function poolOfTunnels(pings: PingTimes): (origin: URL | string, options: Pool.Options) => Dispatcher {
  return (origin, options) => {
    const { connect } = options;
    return new Pool(
      origin,
      typeof connect === 'function' ? { ...options, connect: closingIfSilent(connect, pings) } : options,
    );
  };
}

/**
 * Returns the TLS options for an https proxy. Its certificate may be signed by the authority of the cluster, as for kubectl, or by a public
 * one. It never gets the client certificate.
 */
function proxyTls(tls: KubeCredentials['tls']): buildConnector.BuildOptions {
  const { ca, rejectUnauthorized } = tls as Pick<SecureContextOptions & TlsOptions, 'ca' | 'rejectUnauthorized'>;
  return {
    ...KEEP_ALIVE,
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    ...(ca !== undefined && { ca: [ca, ...rootCertificates].flat() }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** Returns a function that connects with HTTP/2 if the server supports it and the request allows it. */
function connector(options: buildConnector.BuildOptions, signal: AbortSignal): buildConnector.connector {
  return (target, callback) => {
    // Each attempt has a separate controller, because a socket keeps its signal for its whole life.
    const attempt = new AbortController();
    let removeListener = (): void => undefined;
    const connect = buildConnector({ ...options, allowH2: !isHttp1(target), signal: attempt.signal });
    connect(target, (...result) => {
      removeListener();
      callback(...result);
    });
    removeListener = onAbort(signal, () => attempt.abort(signal.reason));
  };
}

/** Returns whether the request excludes HTTP/2 (`allowH2: false`). */
function isHttp1(target: object): boolean {
  return 'allowH2' in target && target.allowH2 === false;
}

/** Whether {@link cancelWithCode} has been called in this process. */
let cancelsWithCode = false;

/** Marks the sockets of this file, so that HTTP/2 connections of other code stay as they are. */
const OWN = Symbol('a socket to an API server');

/**
 * From now on, requests over HTTP/2 are cancelled with the code CANCEL, as Go's client does.
 *
 * undici 8.12 uses NO_ERROR, and destroys the stream at once. With that code, Node.js sends the reset only after the request is written
 * completely, and a destroyed stream sends none. The server then keeps a watch open until its timeout, and this process keeps a stream without a
 * reader, whose error would end the process when the connection breaks.
 */
function cancelWithCode(): void {
  if (cancelsWithCode) return;
  cancelsWithCode = true;
  subscribe('http2.client.stream.created', (message) => {
    const { stream } = message as { readonly stream: ClientHttp2Stream };
    if (!isOwn(stream)) return;
    const close = stream.close.bind(stream);
    stream.close = (code = constants.NGHTTP2_CANCEL, callback) => close(code, callback);
  });
}

function isOwn({ session }: Pick<ClientHttp2Stream, 'session'>): boolean {
  return session !== undefined && !session.destroyed && Reflect.get(session.socket, OWN) === true;
}
