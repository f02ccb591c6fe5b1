import type { Cancel, Clock } from '../../clock.ts';

/** A clock that stands still until told, and forgets nothing: a test can look at what waits. */
export class FakeClock implements Clock {
  readonly #tasks = new Set<{ readonly due: number; readonly run: () => void }>();
  #now: number;

  constructor(start: number = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  schedule(milliseconds: number, task: () => void): Cancel {
    const entry = { due: this.#now + milliseconds, run: task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  /** How many tasks wait: 0 when everything has been cleaned up. */
  get waiting(): number {
    return this.#tasks.size;
  }

  /** Moves the time on and runs what falls due on the way, in order of time. What they promise is not waited for; see {@link run}. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    while (this.#runNext(end));
    this.#now = end;
  }

  /** Like {@link advance}, and lets promises settle before, after, and between the tasks. */
  async run(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    while (this.#runNext(end)) await settled();
    this.#now = end;
    await settled();
  }

  #runNext(limit: number): boolean {
    let next: { readonly due: number; readonly run: () => void } | undefined;
    for (const task of this.#tasks) {
      if (task.due <= limit && (next === undefined || task.due < next.due)) next = task;
    }
    if (next === undefined) return false;
    this.#tasks.delete(next);
    this.#now = Math.max(this.#now, next.due);
    next.run();
    return true;
  }
}

/** A {@link FakeClock} at the given time. Default: the beginning of 2026. */
export function fakeClock(start?: number): FakeClock {
  return new FakeClock(start);
}

/** Resolves when every promise that can settle without time passing has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
