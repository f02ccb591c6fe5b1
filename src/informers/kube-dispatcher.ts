/**
 * Connections to an API server.
 * @module
 */
import { onAbort } from '../abort.ts';
import { subscribe } from 'node:diagnostics_channel';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { KubeCredentials } from './kube-credentials.ts';

const CONNECT_TIMEOUT = 10_000;
/** Shorter than the idle timeouts of cloud load balancers. */
const KEEP_ALIVE_DELAY = 30_000;
/** Connections without a request are closed after this, in milliseconds. */
const IDLE_TIMEOUT = 60_000;

/**
 * What sends requests with these credentials, and keeps the connections. Speaks HTTP/2 where the server does.
 * @param signal gives up connections that are being made, which `destroy()` leaves to their timeout. (Not those through a proxy.)
 */
export function kubeDispatcher({ tls, proxy }: KubeCredentials, signal: AbortSignal): Dispatcher {
  endUnknownStreams();
  const options = { ...tls, timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY };
  if (proxy !== undefined) return new ProxyAgent({ uri: proxy, requestTls: options });
  return new Agent({ connect: connector(options, signal), keepAliveTimeout: IDLE_TIMEOUT });
}

/** Speaks HTTP/2 where the server does, unless a request wants it otherwise. */
function connector(options: buildConnector.BuildOptions, signal: AbortSignal): buildConnector.connector {
  return (target, callback) => {
    // One for each attempt: a socket never lets go of the signal that it was made with.
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

/** Whether it is for requests that must not go by HTTP/2 (`allowH2: false` of the request). */
function isHttp1(target: object): boolean {
  return 'allowH2' in target && target.allowH2 === false;
}

let isWatching = false;

/**
 * undici lets go of a request that is cancelled in the tick in which it is sent, and does not tell the server (8.12). When the answer
 * comes, Node makes a new stream for it, which nobody knows: what the server sends on it is kept, and its error, when the connection
 * breaks, would end the process. Such streams are those of a client (their numbers are odd) that were not asked for.
 */
function endUnknownStreams(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('http2.client.stream.created', (message) => {
    const { stream } = message as {
      readonly stream: Partial<ClientHttp2Stream> & Pick<ClientHttp2Stream, 'on' | 'close'>;
    };
    const { id = 0, sentHeaders } = stream;
    if (sentHeaders !== undefined || id % 2 === 0) return;
    stream.on('error', () => undefined);
    queueMicrotask(() => stream.close(constants.NGHTTP2_CANCEL));
  });
}
