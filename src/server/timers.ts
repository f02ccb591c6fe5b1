/**
 * The server's clock, so that tests need not wait.
 * @module
 */

/** Time, and calls later. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after so many milliseconds, unless the answer is called first. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Node's timers count to here (24 days); what is above is taken for one millisecond. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock. Waiting for it keeps no process alive. Times above 24 days are cut. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
