/** Takes back what was scheduled. Harmless when it has run already. */
export type Cancel = () => void;

/** Where a fake cluster takes the time from. Only differences and order matter to it, except for the timestamps of objects. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Runs `task` once, after `milliseconds`. Does not keep the process alive. */
  readonly schedule: (milliseconds: number, task: () => void) => Cancel;
}

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (milliseconds, task) => {
    const timer = setTimeout(task, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until told, for tests of bookmarks, timeouts and ages. */
export interface ManualClock extends Clock {
  /** Moves the time on and runs what falls due on the way, in order of time. */
  advance(milliseconds: number): void;
}

/**
 * @example
 * const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
 * clock.schedule(60_000, () => log('a minute later'));
 * clock.advance(60_000);
 */
export const manualClock = (start: number): ManualClock => {
  let now = start;
  const tasks = new Set<{ readonly due: number; readonly run: () => void }>();
  const nextDue = (limit: number): { readonly due: number; readonly run: () => void } | undefined =>
    [...tasks].filter((task) => task.due <= limit).sort((a, b) => a.due - b.due)[0];
  return {
    now: () => now,
    schedule: (milliseconds, run) => {
      const task = { due: now + milliseconds, run };
      tasks.add(task);
      return () => tasks.delete(task);
    },
    advance: (milliseconds) => {
      const end = now + milliseconds;
      for (let task = nextDue(end); task !== undefined; task = nextDue(end)) {
        tasks.delete(task);
        now = Math.max(now, task.due);
        task.run();
      }
      now = end;
    },
  };
};
