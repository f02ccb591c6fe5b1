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

/** The machine's clock. Waiting for it keeps no process alive. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
