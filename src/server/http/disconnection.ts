/**
 * Errors that only mean that the client has disconnected.
 * @module
 */
import type { Context } from 'koa';
import type { ServerState } from './request-state.ts';

/** The codes of errors from reading from or writing to a client that has disconnected. */
const DISCONNECTED: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
  'ERR_HTTP2_INVALID_STREAM',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Returns whether an error is the consequence of a client that has disconnected, for example in the middle of an upload. */
export function isDisconnection(error: unknown, ctx: Context | undefined): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && DISCONNECTED.has(code) && isOver(ctx);
}

function isOver(ctx: Context | undefined): boolean {
  const state: Partial<ServerState> = ctx?.state ?? {};
  return ctx?.req.socket.destroyed === true || ctx?.req.readableAborted === true || state.isOver === true;
}
