/**
 * Turns of the event loop between the parts of long work, so that other requests are not delayed.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { timeout } from '../wire/status.ts';

/** The maximum number of rows that one turn examines or encodes. */
export const ROWS_PER_TURN = 500;

/**
 * Resolves in the next turn of the event loop.
 * @throws ApiError 504 if the request has ended: its client has disconnected, or it has exceeded its timeout
 */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw timeout('the request ended before its response');
}
