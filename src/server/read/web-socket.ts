/**
 * Watches over WebSocket (api-semantics 2.10): each event is a text frame. HTTP/1.1 only; HTTP/2 has no upgrade.
 *
 * A request to upgrade is answered like any other, by the same middlewares, until a watch is about to begin: so who may not watch, or
 * asks for what is not there, gets an HTTP answer.
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
  /** What came behind the request. */
  readonly head: Buffer;
}

/** What clients say is not listened to. */
const MAX_PAYLOAD = 65_536;
/** Who has not answered one ping when the next is due has gone. */
const PING_MS = 30_000;
const NEWLINE = 0x0a;

const upgrades = new WeakMap<IncomingMessage, Upgrade>();
const webSockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  clientTracking: false,
  maxPayload: MAX_PAYLOAD,
});

/** Makes a response for a request to upgrade, which Node leaves without one. It ends the connection, unless that is upgraded. */
export function upgradeResponse(request: IncomingMessage, socket: Duplex, head: Buffer): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  response.once('finish', () => socket.end());
  socket.on('error', () => socket.destroy());
  if (isHandshake(request)) upgrades.set(request, { socket, head });
  return response;
}

/** RFC 6455, 4.2.1. Anything else is answered as if it had not asked. */
function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    /^websocket$/i.test(headers.upgrade ?? '') &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '') &&
    headers['sec-websocket-version'] === '13'
  );
}

/** Whether a request asks for a WebSocket. */
export function wantsWebSocket(request: IncomingMessage): boolean {
  return upgrades.has(request);
}

/** Upgrades, at once. @returns false when the client has left: then nothing is called back */
export function acceptWebSocket(
  request: IncomingMessage,
  response: ServerResponse,
  opened: (socket: WebSocket, connection: Duplex) => void,
): boolean {
  const upgrade = upgrades.get(request);
  if (upgrade === undefined) throw new TypeError('the request asks for no WebSocket');
  upgrades.delete(request);
  response.detachSocket(upgrade.socket as Parameters<ServerResponse['detachSocket']>[0]);
  // There are no subprotocols of watches.
  delete request.headers['sec-websocket-protocol'];
  let isOpen = false;
  webSockets.handleUpgrade(request, upgrade.socket, upgrade.head, (socket) => {
    isOpen = true;
    opened(socket, upgrade.socket);
  });
  return isOpen;
}

/** Sends the lines of a watch as text frames. `ended` is called once, when either side has ended. */
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
  // A client that breaks the protocol is closed by the library; it has been told why.
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

/** An event is a line, and lines may come together. */
function* linesOf(frames: Buffer): Iterable<Buffer> {
  for (let start = 0; start < frames.length;) {
    const end = frames.indexOf(NEWLINE, start);
    yield frames.subarray(start, end === -1 ? frames.length : end);
    start = end === -1 ? frames.length : end + 1;
  }
}
