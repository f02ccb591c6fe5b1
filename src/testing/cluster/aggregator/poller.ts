/**
 * Repeats a task. The result of each run is the time until the next one. After failures, a backoff provides this time.
 * @module
 */
import type { Cancel, Clock } from '../../../clock.ts';

/** Repeats a task, one run at a time. */
export interface Poller {
  /** Runs the task now, or once more after the current run. */
  now(): void;
  /** Stops the poller. A current run is not interrupted. */
  stop(): void;
}

/**
 * Creates a poller. It runs the task after the first {@link Poller.now}.
 * @param task returns the milliseconds until the next run, or undefined to wait for {@link Poller.now}. It must not
 * reject.
 */
export function poller(clock: Clock, task: () => Promise<number | undefined>): Poller {
  let timer: Cancel | undefined;
  let state: 'idle' | 'running' | 'again' | 'stopped' = 'idle';
  const isStopped = (): boolean => state === 'stopped';

  const run = async (): Promise<void> => {
    let wait: number | undefined;
    do {
      state = 'running';
      wait = await task();
    } while (isAgain());
    if (isStopped()) return;
    state = 'idle';
    if (wait !== undefined) timer = clock.schedule(wait, now);
  };
  const isAgain = (): boolean => state === 'again';

  const now = (): void => {
    timer?.();
    timer = undefined;
    if (state === 'running') state = 'again';
    if (state === 'idle') void run();
  };

  return {
    now,
    stop: () => {
      timer?.();
      state = 'stopped';
    },
  };
}

/** Returns waiting times that double with each consecutive failure, from `minimum` to `maximum` milliseconds. */
export function backoff(minimum: number, maximum: number): { failed(): number; reset(): void } {
  let next = minimum;
  return {
    failed: () => {
      const wait = next;
      next = Math.min(maximum, next * 2);
      return wait;
    },
    reset: () => {
      next = minimum;
    },
  };
}
