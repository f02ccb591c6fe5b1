/**
 * The stream of a watch: a response in chunks, or a WebSocket.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { RequestContext } from '../define/request-context.ts';
import { ResponseCutError } from '../errors.ts';
import type { FrameSink } from './watch-response.ts';
import { acceptWebSocket, wantsWebSocket, webSocketSink } from './web-socket.ts';

/** The time in which a client can read the rest of a watch that has ended. A client that never reads must not delay a shutdown. */
const UNREAD_MS = 5000;

/** Opens the stream and calls `opened` with its sink, unless the client has disconnected. */
export function openStream(ctx: RequestContext, clock: Clock, opened: (sink: FrameSink) => void): void {
  ctx.respond = false;
  const { req, res } = ctx;
  if (wantsWebSocket(req)) {
    acceptWebSocket(req, res, (socket, connection) => {
      // An upgraded connection no longer belongs to the response, so the response does not emit `close` itself.
      opened(webSocketSink(socket, connection, { clock, ended: () => void res.emit('close') }));
    });
    return;
  }
  ctx.set('Content-Type', 'application/json');
  ctx.res.statusCode = 200;
  // Clients wait for the headers, so they are sent before the first event.
  ctx.res.flushHeaders();
  let isFull = false;
  opened({
    write: (frame) => {
      isFull = !res.write(frame);
      return !isFull;
    },
    onDrain: (callback) =>
      res.once('drain', () => {
        isFull = false;
        callback();
      }),
    end: () => {
      res.end();
      const isUnread = isFull && !ctx.state.signal.aborted;
      if (isUnread)
        res.once(
          'close',
          // With an error, the client does not take half a line for the end of the watch.
          clock.schedule(UNREAD_MS, () => res.destroy(new ResponseCutError(undefined))),
        );
    },
  });
}
