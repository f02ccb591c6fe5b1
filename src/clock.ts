/**
 * The one clock of the project. Code that reads the time or waits takes a {@link Clock}, so that a test can advance it and never sleeps.
 * @module
 */

/** Cancels a scheduled task. Calling it again, or after the task has run, has no effect. */
export type Cancel = () => void;

/** The source of time and timers. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once, after `milliseconds` (24 days at most). A waiting task does not keep the process alive. */
  schedule(milliseconds: number, task: () => void): Cancel;
  /** Keeps the process alive until it is cancelled. Clocks for tests omit it. */
  hold?(): Cancel;
}

/** The maximum delay of Node's timers. A longer one would run at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (milliseconds, task) => {
    const timer = setTimeout(task, Math.min(milliseconds, MAX_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
  hold: () => {
    const timer = setInterval(() => undefined, MAX_TIMER_MS);
    return () => clearInterval(timer);
  },
};

/** Resolves after `milliseconds`, or as soon as the signal is aborted. Never rejects: callers check the signal. */
export function delay(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(milliseconds, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
