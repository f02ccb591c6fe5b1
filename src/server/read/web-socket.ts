/**
 * Watches over WebSocket (conformance 2.10): each event is a text frame. It needs HTTP/1.1, because HTTP/2 has no upgrade.
 *
 * A request to upgrade passes through the same middleware as any other request. The connection is upgraded only when the watch starts, so
 * a client without permission, or with a wrong path, receives an HTTP response.
 * @module
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../clock.ts';
import type { FrameSink } from './watch-response.ts';

/** The connection of a request that may be upgraded. */
interface Upgrade {
  readonly socket: Duplex;
  /** The bytes that were received after the request. */
  readonly head: Buffer;
}

/** The maximum size of a message from the client, in bytes. Messages from clients are ignored. */
const MAX_PAYLOAD = 65_536;
/** The interval of pings. A client that has not responded to a ping when the next one is due is disconnected. */
const PING_MS = 30_000;
const NEWLINE = 0x0a;

const upgrades = new WeakMap<IncomingMessage, Upgrade>();
const webSockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  clientTracking: false,
  maxPayload: MAX_PAYLOAD,
});

/** Creates the response to a request to upgrade; Node does not create one. It ends the connection, unless the connection is upgraded. */
export function upgradeResponse(request: IncomingMessage, socket: Duplex, head: Buffer): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  response.once('finish', () => socket.end());
  socket.on('error', () => socket.destroy());
  if (isHandshake(request)) upgrades.set(request, { socket, head });
  return response;
}

/** Checks the handshake (RFC 6455, 4.2.1). A request without a valid handshake receives an ordinary HTTP response. */
function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    /^websocket$/i.test(headers.upgrade ?? '') &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '') &&
    headers['sec-websocket-version'] === '13'
  );
}

/** Returns whether a request asks for a WebSocket. */
export function wantsWebSocket(request: IncomingMessage): boolean {
  return upgrades.has(request);
}

/**
 * Upgrades the connection of a request and calls `opened` before it returns, unless the client has disconnected.
 * @throws TypeError if the request does not ask for a WebSocket
 */
export function acceptWebSocket(
  request: IncomingMessage,
  response: ServerResponse,
  opened: (socket: WebSocket, connection: Duplex) => void,
): void {
  const upgrade = upgrades.get(request);
  if (upgrade === undefined) throw new TypeError('the request does not ask for a WebSocket');
  upgrades.delete(request);
  response.detachSocket(upgrade.socket as Parameters<ServerResponse['detachSocket']>[0]);
  selectProtocol(request);
  webSockets.handleUpgrade(request, upgrade.socket, upgrade.head, (socket) => opened(socket, upgrade.socket));
}

/**
 * Selects the first subprotocol that the client offers. A watch is the same with each, but a browser ends the connection if it has offered
 * some and none is selected. A text that is no name of a subprotocol is ignored.
 */
function selectProtocol({ headers }: IncomingMessage): void {
  const [first = ''] = (headers['sec-websocket-protocol'] ?? '').split(',', 1);
  if (/^[\w.+-]+$/.test(first.trim())) headers['sec-websocket-protocol'] = first.trim();
  else delete headers['sec-websocket-protocol'];
}

/** Returns a sink that sends the lines of a watch as text frames. It calls `ended` once, when the connection has ended. */
export function webSocketSink(
  socket: WebSocket,
  connection: Duplex,
  { clock, ended }: { readonly clock: Clock; readonly ended: () => void },
): FrameSink {
  let isAlive = true;
  let cancel: () => void = () => undefined;
  const ping = (): void => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
    cancel = clock.schedule(PING_MS, ping);
  };
  cancel = clock.schedule(PING_MS, ping);
  socket.on('pong', () => (isAlive = true));
  // The library closes the connection of a client that violates the protocol, with the reason.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    cancel();
    ended();
  });
  return {
    write(frames) {
      for (const line of linesOf(frames)) socket.send(line, { binary: false });
      return !connection.writableNeedDrain;
    },
    onDrain: (callback) => connection.once('drain', callback),
    end: () => socket.close(1000),
  };
}

/** Splits frames into lines. Each event is one line, and one write can contain several. */
function* linesOf(frames: Buffer): Iterable<Buffer> {
  for (let start = 0; start < frames.length;) {
    const end = frames.indexOf(NEWLINE, start);
    yield frames.subarray(start, end === -1 ? frames.length : end);
    start = end === -1 ? frames.length : end + 1;
  }
}
