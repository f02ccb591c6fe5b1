/**
 * Time as a parameter: what waits takes a {@link Clock}, so that a test never sleeps.
 * @module
 */

/** Takes back what was scheduled. Harmless when it has run already. */
export type Cancel = () => void;

/** Where time comes from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once, after `milliseconds`. Does not keep the process alive. */
  schedule(milliseconds: number, task: () => void): Cancel;
  /** Keeps the process alive until cancelled. Clocks of tests have no need for it. */
  hold?(): Cancel;
}

/** The longest time that Node's timers can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (milliseconds, task) => {
    const timer = setTimeout(task, Math.min(milliseconds, LONGEST_TIMER));
    timer.unref();
    return () => clearTimeout(timer);
  },
  hold: () => {
    const timer = setInterval(() => undefined, LONGEST_TIMER);
    return () => clearInterval(timer);
  },
};

/** Resolves after `milliseconds`, or as soon as the signal is aborted. Never rejects: whoever waits looks at the signal itself. */
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
