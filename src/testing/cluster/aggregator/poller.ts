import type { Cancel, Clock } from '../../../clock.ts';

/** Does something again and again, never twice at a time. */
export interface Poller {
  /** Does it now, or once more if it is being done. */
  now(): void;
  /** Never again. What is being done is not interrupted. */
  stop(): void;
}

/**
 * @param task returns the milliseconds until the next time; undefined to wait for {@link Poller.now}. It must not reject.
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

/** Waiting times that double with every failure in a row. */
export function backoff(least: number, most: number): { failed(): number; reset(): void } {
  let next = least;
  return {
    failed: () => {
      const wait = next;
      next = Math.min(most, next * 2);
      return wait;
    },
    reset: () => {
      next = least;
    },
  };
}
