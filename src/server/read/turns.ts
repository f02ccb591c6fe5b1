/**
 * Turns of the event loop between the parts of long work, so that other requests are not delayed.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { MAX_LEAF_ROWS } from '../../projections/leaf.ts';
import { timeout } from '../wire/status.ts';

/** The maximum number of rows that one turn examines or encodes. */
export const ROWS_PER_TURN = 500;
/** The maximum number of bytes that one turn copies. */
const BYTES_PER_TURN = 4 * 2 ** 20;
/** The number of values above which an object is large. A step of its write takes milliseconds, so other requests come next. */
const LARGE_VALUES = 5000;

/**
 * Resolves in the next turn of the event loop.
 * @throws ApiError 504 if the request has ended: its client has disconnected, or it has exceeded its timeout
 */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw timeout('the request ended before its response');
}

/** The work of the current turn. */
export class Work {
  readonly #signal: AbortSignal;
  #rows = 0;
  #bytes = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Adds examined or encoded rows. */
  addRows(count: number): void {
    this.#rows += count;
  }

  /** Adds copied bytes. */
  addBytes(count: number): void {
    this.#bytes += count;
  }

  /** Whether other requests should come next: another leaf could exceed what one turn does. */
  get isTurnOver(): boolean {
    return this.#rows > ROWS_PER_TURN - MAX_LEAF_ROWS || this.#bytes >= BYTES_PER_TURN;
  }

  /** Like the function {@link nextTurn}. */
  async nextTurn(): Promise<void> {
    this.#rows = 0;
    this.#bytes = 0;
    await nextTurn(this.#signal);
  }
}

/**
 * Resolves in the next turn of the event loop if a value is large, otherwise immediately.
 * @throws ApiError 504 if the value is large and the request has ended
 */
export async function turnAfter(value: unknown, signal: AbortSignal): Promise<void> {
  if (isLarge(value)) await nextTurn(signal);
}

function isLarge(value: unknown): boolean {
  const pending = [value];
  for (let values = 0; pending.length > 0;) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null) continue;
    const members: readonly unknown[] = Array.isArray(item) ? item : Object.values(item);
    values += members.length;
    if (values > LARGE_VALUES) return true;
    for (const member of members) if (typeof member === 'object') pending.push(member);
  }
  return false;
}
